//! `refresh.*`: what a spent refresh token may still do.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Refresh {
    /// How long after a rotation the previous token, sent without an `Idempotency-Key`, gets the same
    /// successor, as long as that is unused. 0 (the default) turns this off.
    pub grace: Duration,
    /// How long after a rotation a retry with the same `Idempotency-Key` gets the same successor.
    pub retry_window: Duration,
}

impl Refresh {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let refresh = Self {
            grace: reader.duration("refresh.grace", Duration::ZERO),
            retry_window: reader.duration("refresh.retry_window", Duration::from_secs(600)),
        };
        let minute = Duration::from_secs(60);
        reader.check("refresh.grace", refresh.grace <= minute, "must not be longer than 1m");
        reader.check(
            "refresh.retry_window",
            refresh.retry_window <= 60 * minute,
            "must not be longer than 1h",
        );
        refresh
    }
}
