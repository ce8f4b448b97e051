//! `privacy.*` and `retention.*`: how long personal data is kept.

use std::time::Duration;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Privacy {
    /// The time between the request to erase an account and the erasure. A login cancels it.
    pub erasure_grace: Duration,
}

/// How long data is kept after its use.
#[derive(Clone, Debug)]
pub struct Retention {
    /// How often expired data is deleted.
    pub interval: Duration,
    /// The number of rows that one transaction deletes, so that none holds locks for long.
    pub batch: u64,
    pub security_events: Duration,
    pub failed_logins: Duration,
    pub ended_sessions: Duration,
    pub one_time_tokens: Duration,
    pub outbox: Duration,
}

impl Privacy {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Privacy");
        let grace = setting(
            "privacy.erasure_grace",
            "The time between the request to erase an account and the erasure. A login cancels it.",
        );
        Self { erasure_grace: reader.value(grace.at_most(days(365)), days(14)) }
    }
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Retention");
        let kept = |key, meaning| setting(key, meaning).between(Duration::from_secs(3600), days(3650));
        Self {
            interval: reader.value(
                setting("retention.interval", "How often expired data is deleted.")
                    .between(Duration::from_millis(100), days(7)),
                Duration::from_secs(3600),
            ),
            batch: reader.value(
                setting("retention.batch", "The number of rows that one transaction deletes.")
                    .between(1, 10_000),
                500,
            ),
            security_events: reader
                .value(kept("retention.security_events", "How long security events are kept."), days(90)),
            failed_logins: reader.value(
                kept(
                    "retention.failed_logins",
                    "How long the security events of failed logins are kept, and the counts of \
                    requests by strangers.",
                ),
                days(90),
            ),
            ended_sessions: reader.value(
                kept("retention.ended_sessions", "How long revoked and expired sessions are kept."),
                days(90),
            ),
            one_time_tokens: reader.value(
                kept(
                    "retention.one_time_tokens",
                    "How long used, void and expired links and invitations are kept after their \
                    expiry.",
                ),
                days(7),
            ),
            outbox: reader.value(
                kept("retention.outbox", "How long messages are kept that were sent or given up."),
                days(7),
            ),
        }
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
