//! Moments in the words of a language.

use time::OffsetDateTime;

use super::frame::Frame;
use crate::clock::Timestamp;

impl Frame<'_> {
    /// Such as `27 November 2026, 13:05 UTC`.
    pub fn moment(&self, at: Timestamp) -> String {
        let Ok(at) = OffsetDateTime::from_unix_timestamp(at.unix_seconds()) else { return at.rfc3339() };
        let month = self.t(&format!("page-month-{}", u8::from(at.month())));
        let (day, year) = (at.day().to_string(), at.year().to_string());
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        let values =
            [("day", day.into()), ("month", month.into()), ("year", year.into()), ("time", time.into())];
        self.text("page-moment", &values)
    }
}
