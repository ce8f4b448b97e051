//! Moments and spans as people of a language write them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A language that all templates exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    German,
}

const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// English unit, German singular and plural.
const GERMAN_UNITS: [(&str, &str, &str); 4] = [
    ("second", "Sekunde", "Sekunden"),
    ("minute", "Minute", "Minuten"),
    ("hour", "Stunde", "Stunden"),
    ("day", "Tag", "Tage"),
];

/// Name in notices, in English, in German.
const FACTORS: [(&str, &str, &str); 4] = [
    ("totp", "authenticator app", "Authenticator-App"),
    ("backup_code", "backup code", "Ersatzcode"),
    ("sms", "codes by SMS", "Codes per SMS"),
    ("webauthn", "passkey", "Passkey"),
];

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// By the primary language of a tag; English for those without templates.
    pub fn of(primary: &str) -> Self {
        Self::ALL.into_iter().find(|language| language.tag() == primary).unwrap_or(Self::English)
    }

    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// `2026-11-21T17:00:00Z` → `21 November 2026, 17:00 UTC`. What is no moment stays as it is.
    pub fn moment(self, text: &str) -> String {
        let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) else {
            return text.to_owned();
        };
        let moment = moment.to_offset(time::UtcOffset::UTC);
        let (day, year) = (moment.day(), moment.year());
        let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
        match self {
            Self::English => format!("{day} {} {year}, {time} UTC", moment.month()),
            Self::German => {
                let month = GERMAN_MONTHS[usize::from(u8::from(moment.month())) - 1];
                format!("{day}. {month} {year}, {time} Uhr UTC")
            }
        }
    }

    /// `totp` → `authenticator app`. What is no factor stays as it is.
    pub fn factor(self, name: &str) -> String {
        let found = FACTORS.into_iter().find(|(known, ..)| *known == name);
        let words = found.map(|(_, english, german)| match self {
            Self::English => english,
            Self::German => german,
        });
        words.unwrap_or(name).to_owned()
    }

    /// `30 minutes`, as messages are written with it → `30 Minuten`. What is no span stays as it is.
    pub fn span(self, text: &str) -> String {
        let units = match self {
            Self::English => return text.to_owned(),
            Self::German => GERMAN_UNITS,
        };
        let Some((count, name)) = text.split_once(' ') else {
            return text.to_owned();
        };
        let unit = units.into_iter().find(|(english, ..)| name.trim_end_matches('s') == *english);
        unit.map_or(text.to_owned(), |(_, one, many)| {
            format!("{count} {}", if count == "1" { one } else { many })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans_are_read_easily() {
        let moment = "2026-03-01T07:05:09Z";
        assert_eq!(Language::English.moment(moment), "1 March 2026, 07:05 UTC");
        assert_eq!(Language::German.moment(moment), "1. März 2026, 07:05 Uhr UTC");
        assert_eq!(Language::German.moment("soon"), "soon");
        assert_eq!(Language::English.span("24 hours"), "24 hours");
        let german = |text| Language::German.span(text);
        assert_eq!(german("24 hours"), "24 Stunden");
        assert_eq!(german("1 day"), "1 Tag");
        assert_eq!(german("a while"), "a while");
        assert_eq!(Language::German.factor("totp"), "Authenticator-App");
        assert_eq!(Language::English.factor("webauthn"), "passkey");
        assert_eq!(Language::English.factor("retina"), "retina");
    }

    #[test]
    fn languages_without_templates_are_english() {
        assert_eq!(Language::of("de"), Language::German);
        assert_eq!(Language::of("fr"), Language::English);
    }
}
