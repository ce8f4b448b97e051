//! `refresh.*`: what a spent refresh token may still do.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Refresh {
    /// How long after a rotation the previous token, sent without an `Idempotency-Key`, gets the same
    /// successor, as long as that is unused. 0 (the default) turns this off.
    pub grace: Duration,
    /// How long after a rotation a retry with the same `Idempotency-Key` gets the same successor, as long as that is
    /// unused.
    pub retry_window: Duration,
    /// The same where the key follows from the token, as its prefix `d.` says.
    pub derived_retry_window: Duration,
    /// How long after a rotation a spent token, up to two generations old, is taken for one of several requests at
    /// once: it is refused, and the session stays. Longer than `database.statement_timeout`.
    pub race_window: Duration,
}

impl Refresh {
    /// A named retry is good for as long as the session may idle, unless set otherwise.
    pub(super) fn read(reader: &mut Reader, idle_timeout: Duration) -> Self {
        let refresh = Self {
            grace: reader.duration("refresh.grace", Duration::ZERO),
            retry_window: reader.duration("refresh.retry_window", idle_timeout),
            derived_retry_window: reader.duration("refresh.derived_retry_window", MINUTE),
            race_window: reader.duration("refresh.race_window", Duration::from_secs(10)),
        };
        reader.check("refresh.grace", refresh.grace <= MINUTE, "must not be longer than 1m");
        reader.check(
            "refresh.retry_window",
            refresh.retry_window <= LONGEST_IDLE,
            "must not be longer than 10 years",
        );
        reader.check(
            "refresh.derived_retry_window",
            refresh.derived_retry_window <= 10 * MINUTE,
            "must not be longer than 10m",
        );
        let race = Duration::from_secs(2)..=MINUTE;
        reader.check("refresh.race_window", race.contains(&refresh.race_window), "must be between 2s and 1m");
        refresh
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const LONGEST_IDLE: Duration = Duration::from_secs(3650 * 86_400);
