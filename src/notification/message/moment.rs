//! Moments and durations in the words of a reader.

use std::time::Duration;

use super::Words;
use crate::clock::Timestamp;
use crate::model::time_zone::LocalTime;
use crate::text::{Language, Value};

/// `21 November 2026, 18:00 (UTC+1)`.
pub fn moment(words: Words<'_>, moment: Timestamp) -> String {
    let Some(local) = LocalTime::of(moment, words.zone) else {
        return moment.rfc3339();
    };
    let month = words.language.text(&format!("mail-month-{}", local.month), &[]);
    let values: [(&str, Value<'_>); 6] = [
        ("day", local.day.to_string().into()),
        ("month", month.into()),
        ("year", local.year.to_string().into()),
        ("hour", format!("{:02}", local.hour).into()),
        ("minute", format!("{:02}", local.minute).into()),
        ("zone", local.zone().into()),
    ];
    words.language.text("mail-moment", &values)
}

/// `30 minutes`: in the largest unit that is exact or of which there are at least two, rounded down.
pub fn duration(language: &Language, duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "mail-days"), (3_600, "mail-hours"), (60, "mail-minutes"), (1, "mail-seconds")];
    let fits = |(unit, _): &(u64, &str)| seconds >= 2 * unit || seconds == *unit;
    let (unit, id) = units.into_iter().find(fits).unwrap_or((1, "mail-seconds"));
    let count = i64::try_from(seconds / unit).unwrap_or(i64::MAX);
    language.text(id, &[("count", count.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time_zone::TimeZone;
    use crate::text::Texts;

    fn texts() -> Texts {
        Texts::load(None).unwrap()
    }

    #[test]
    fn moments_are_read_easily() {
        let (texts, berlin) = (texts(), TimeZone::find("Europe/Berlin").unwrap());
        let at = Timestamp::parse_rfc3339("2026-03-01T07:05:09Z").unwrap();
        let in_words = |tag, zone| moment(Words { language: texts.language(tag).unwrap(), zone }, at);
        assert_eq!(in_words("en", None), "1 March 2026, 07:05 (UTC)");
        assert_eq!(in_words("en", berlin.as_ref()), "1 March 2026, 08:05 (UTC+1)");
        assert_eq!(in_words("de", berlin.as_ref()), "1. März 2026, 08:05 Uhr (UTC+1)");
    }

    #[test]
    fn durations_are_words() {
        let texts = texts();
        let words = |tag, seconds| duration(texts.language(tag).unwrap(), Duration::from_secs(seconds));
        for (seconds, expected) in [
            (1_800, "30 minutes"),
            (3_600, "one hour"),
            (86_400, "one day"),
            (100_000, "27 hours"),
            (604_800, "7 days"),
            (90, "90 seconds"),
            (1, "one second"),
            (0, "0 seconds"),
        ] {
            assert_eq!(words("en", seconds), expected);
        }
        for (seconds, expected) in
            [(86_400, "einem Tag"), (604_800, "7 Tagen"), (82_800, "23 Stunden"), (60, "einer Minute")]
        {
            assert_eq!(words("de", seconds), expected);
        }
    }
}
