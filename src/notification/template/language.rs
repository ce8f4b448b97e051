//! Typed facts as they are written in each language.

use std::time::Duration;

use time::{Month, OffsetDateTime};

use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::model::notice::{DeviceName, FactorName};

/// A language that all templates exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

impl Language {
    #[cfg(test)]
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// By the primary language of a tag; English for those without templates.
    pub fn of(primary: &str) -> Self {
        match primary {
            "de" => Self::German,
            _ => Self::English,
        }
    }

    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// `21 November 2026, 17:00 UTC`.
    pub fn moment(self, moment: Timestamp) -> String {
        let Ok(moment) = OffsetDateTime::from_unix_timestamp(moment.unix_seconds()) else {
            return moment.rfc3339();
        };
        let (day, month, year) = (moment.day(), moment.month(), moment.year());
        let (hour, minute) = (moment.hour(), moment.minute());
        match self {
            Self::English => format!("{day} {month} {year}, {hour:02}:{minute:02} UTC"),
            Self::German => {
                format!("{day}. {} {year}, {hour:02}:{minute:02} Uhr UTC", german_month(month))
            }
        }
    }

    /// `30 minutes`: in the largest unit that is exact or of which there are at least two, rounded down.
    pub fn duration(self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let units = [86_400, 3_600, 60, 1];
        let fits = |unit: &u64| seconds >= 2 * unit || seconds == *unit;
        let unit = units.into_iter().find(fits).unwrap_or(1);
        let count = seconds / unit;
        let (one, many) = match (self, unit) {
            (Self::English, 86_400) => ("day", "days"),
            (Self::English, 3_600) => ("hour", "hours"),
            (Self::English, 60) => ("minute", "minutes"),
            (Self::English, _) => ("second", "seconds"),
            (Self::German, 86_400) => ("Tag", "Tage"),
            (Self::German, 3_600) => ("Stunde", "Stunden"),
            (Self::German, 60) => ("Minute", "Minuten"),
            (Self::German, _) => ("Sekunde", "Sekunden"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    pub const fn factor(self, factor: Factor) -> &'static str {
        match (self, factor) {
            (Self::English, Factor::Totp) => "authenticator app",
            (Self::English, Factor::BackupCode) => "backup code",
            (Self::English, Factor::Sms) => "codes by SMS",
            (Self::English, Factor::Webauthn) => "passkey",
            (Self::German, Factor::Totp) => "Authenticator-App",
            (Self::German, Factor::BackupCode) => "Ersatzcode",
            (Self::German, Factor::Sms) => "Codes per SMS",
            (Self::German, Factor::Webauthn) => "Passkey",
        }
    }

    pub fn factor_name(self, name: &FactorName) -> String {
        match name {
            FactorName::Kind(factor) => self.factor(*factor).to_owned(),
            FactorName::Passkey(name) => name.clone(),
        }
    }

    /// `Firefox on Linux`.
    pub fn device(self, device: &DeviceName) -> String {
        match (&device.browser, &device.os, self) {
            (Some(browser), Some(os), Self::English) => format!("{browser} on {os}"),
            (Some(browser), Some(os), Self::German) => format!("{browser} unter {os}"),
            (one, other, _) => one.clone().or_else(|| other.clone()).unwrap_or_default(),
        }
    }
}

const fn german_month(month: Month) -> &'static str {
    match month {
        Month::January => "Januar",
        Month::February => "Februar",
        Month::March => "März",
        Month::April => "April",
        Month::May => "Mai",
        Month::June => "Juni",
        Month::July => "Juli",
        Month::August => "August",
        Month::September => "September",
        Month::October => "Oktober",
        Month::November => "November",
        Month::December => "Dezember",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_easily() {
        let moment = Timestamp::parse_rfc3339("2026-03-01T07:05:09Z").unwrap();
        assert_eq!(Language::English.moment(moment), "1 March 2026, 07:05 UTC");
        assert_eq!(Language::German.moment(moment), "1. März 2026, 07:05 Uhr UTC");
    }

    #[test]
    fn durations_are_words() {
        let words = |seconds| Language::English.duration(Duration::from_secs(seconds));
        assert_eq!(words(1_800), "30 minutes");
        assert_eq!(words(3_600), "1 hour");
        assert_eq!(words(86_400), "1 day");
        assert_eq!(words(100_000), "27 hours");
        assert_eq!(words(604_800), "7 days");
        assert_eq!(words(90), "90 seconds");
        assert_eq!(words(1), "1 second");
        assert_eq!(words(0), "0 seconds");
        let words = |seconds| Language::German.duration(Duration::from_secs(seconds));
        assert_eq!(words(86_400), "1 Tag");
        assert_eq!(words(82_800), "23 Stunden");
        assert_eq!(words(60), "1 Minute");
    }

    #[test]
    fn factors_and_devices_have_names() {
        assert_eq!(Language::German.factor(Factor::Totp), "Authenticator-App");
        assert_eq!(Language::English.factor_name(&FactorName::Kind(Factor::Webauthn)), "passkey");
        let passkey = FactorName::Passkey("Passkey (Work)".to_owned());
        assert_eq!(Language::English.factor_name(&passkey), "Passkey (Work)");
        let mut device = DeviceName { browser: Some("Firefox".to_owned()), os: Some("Linux".to_owned()) };
        assert_eq!(Language::English.device(&device), "Firefox on Linux");
        assert_eq!(Language::German.device(&device), "Firefox unter Linux");
        device.browser = None;
        assert_eq!(Language::German.device(&device), "Linux");
    }

    #[test]
    fn languages_without_templates_are_english() {
        assert_eq!(Language::of("de"), Language::German);
        assert_eq!(Language::of("fr"), Language::English);
    }
}
