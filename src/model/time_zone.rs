//! Time zones, and the moments of clocks in them.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone as Rules, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A time zone by its name in the database of IANA (RFC 6557), such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZone(String);

/// The text cannot be the name of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time zone such as `Europe/Berlin`")]
pub struct InvalidTimeZone;

/// Longest name, in characters. The longest one in use has 32.
const MAX: usize = 64;

impl TimeZone {
    /// The zone with this name. `None` if the database of this version does not know it: a browser may have a newer one,
    /// and no login may fail for that.
    ///
    /// # Errors
    /// [`InvalidTimeZone`] for text that is no name.
    pub fn find(text: &str) -> Result<Option<Self>, InvalidTimeZone> {
        let name: Self = text.parse()?;
        Ok(name.rules().map(|_| name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From the data that this program contains: no file of the system decides what a mail says.
    fn rules(&self) -> Option<Rules> {
        TimeZoneDatabase::bundled().get(&self.0).ok()
    }
}

impl FromStr for TimeZone {
    type Err = InvalidTimeZone;

    fn from_str(text: &str) -> Result<Self, InvalidTimeZone> {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        if begins && text.len() <= MAX && text.bytes().all(is_sign) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTimeZone)
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A moment, as the calendar and the clock on a wall show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// From 1970.
    pub year: i16,
    /// From 1 to 12.
    pub month: i8,
    /// From 1 to 31.
    pub day: i8,
    /// From 0 to 23.
    pub hour: i8,
    /// From 0 to 59.
    pub minute: i8,
    /// East of Greenwich, in minutes.
    pub offset: i32,
}

impl LocalTime {
    /// In this zone; in UTC without one. `None` for a moment that no calendar reaches.
    pub fn of(moment: Timestamp, zone: Option<&TimeZone>) -> Option<Self> {
        let rules = zone.and_then(TimeZone::rules).unwrap_or(Rules::UTC);
        let local = jiff::Timestamp::from_second(moment.unix_seconds()).ok()?.to_zoned_datetime(rules);
        Some(Self {
            year: local.year(),
            month: local.month(),
            day: local.day(),
            hour: local.hour(),
            minute: local.minute(),
            offset: local.offset().seconds() / 60,
        })
    }

    /// `UTC`, `UTC+1`, `UTC-3:30`.
    pub fn zone(self) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let (hours, minutes) = (self.offset.abs() / 60, self.offset.abs() % 60);
        match (hours, minutes) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(moment: &str, zone: &str) -> String {
        let zone = TimeZone::find(zone).unwrap();
        let time = LocalTime::of(Timestamp::parse_rfc3339(moment).unwrap(), zone.as_ref()).unwrap();
        let LocalTime { year, month, day, hour, minute, .. } = time;
        format!("{year}-{month}-{day} {hour}:{minute:02} {}", time.zone())
    }

    #[test]
    fn clocks_follow_their_zone() {
        assert_eq!(local("2026-11-21T17:00:00Z", "Europe/Berlin"), "2026-11-21 18:00 UTC+1");
        assert_eq!(local("2026-07-21T23:30:00Z", "Europe/Berlin"), "2026-7-22 1:30 UTC+2");
        assert_eq!(local("2026-11-21T17:00:00Z", "Asia/Kolkata"), "2026-11-21 22:30 UTC+5:30");
        assert_eq!(local("2026-01-01T02:00:00Z", "America/St_Johns"), "2025-12-31 22:30 UTC-3:30");
        assert_eq!(local("2026-01-01T02:00:00Z", "Etc/UTC"), "2026-1-1 2:00 UTC");
    }

    #[test]
    fn an_unknown_zone_is_none_and_other_text_is_refused() {
        assert_eq!(TimeZone::find("Mars/Olympus_Mons"), Ok(None));
        assert_eq!(local("2026-01-01T02:00:00Z", "Mars/Olympus_Mons"), "2026-1-1 2:00 UTC");
        for wrong in ["", " ", "Europe/Berlin\n", "../../etc/passwd", "+1", "Zürich", &"A".repeat(65)] {
            assert_eq!(TimeZone::find(wrong), Err(InvalidTimeZone), "{wrong:?}");
        }
        assert_eq!(TimeZone::find(&"A".repeat(64)), Ok(None), "the longest name");
        let zone = TimeZone::find("Etc/GMT+5").unwrap().unwrap();
        assert_eq!((zone.as_str(), zone.to_string().as_str()), ("Etc/GMT+5", "Etc/GMT+5"));
    }
}
