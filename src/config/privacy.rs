//! `privacy.*` and `retention.*`: what is kept of people, and for how long.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Privacy {
    /// Time between the wish to be erased and the erasure; a login in between cancels it.
    pub erasure_grace: Duration,
}

/// How long finished things are kept.
#[derive(Clone, Debug)]
pub struct Retention {
    /// How often what is over its time is deleted.
    pub interval: Duration,
    /// Rows deleted in one transaction at most, so that none locks for long.
    pub batch: u64,
    pub security_events: Duration,
    pub failed_logins: Duration,
    pub ended_sessions: Duration,
    pub one_time_tokens: Duration,
    pub outbox: Duration,
}

impl Privacy {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let erasure_grace = reader.duration("privacy.erasure_grace", days(14));
        reader.check("privacy.erasure_grace", erasure_grace <= days(365), "must be at most 365d");
        Self { erasure_grace }
    }
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let retention = Self {
            interval: reader.duration("retention.interval", Duration::from_secs(3600)),
            batch: reader.value("retention.batch", 500),
            security_events: reader.duration("retention.security_events", days(90)),
            failed_logins: reader.duration("retention.failed_logins", days(90)),
            ended_sessions: reader.duration("retention.ended_sessions", days(90)),
            one_time_tokens: reader.duration("retention.one_time_tokens", days(7)),
            outbox: reader.duration("retention.outbox", days(7)),
        };
        let interval = Duration::from_millis(100)..=days(7);
        reader.check(
            "retention.interval",
            interval.contains(&retention.interval),
            "must be between 100ms and 7d",
        );
        reader.check(
            "retention.batch",
            (1..=10_000).contains(&retention.batch),
            "must be between 1 and 10000",
        );
        for (key, span) in [
            ("retention.security_events", retention.security_events),
            ("retention.failed_logins", retention.failed_logins),
            ("retention.ended_sessions", retention.ended_sessions),
            ("retention.one_time_tokens", retention.one_time_tokens),
            ("retention.outbox", retention.outbox),
        ] {
            let sane = Duration::from_secs(3600)..=days(3650);
            reader.check(key, sane.contains(&span), "must be between 1h and 10 years");
        }
        retention
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
