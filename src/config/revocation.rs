//! `revocation.*`: how revocations reach other nodes.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Revocation {
    /// How often the revocation log is read even when no notification came.
    pub poll_interval: Duration,
    /// A node that could not read the log for this long stops accepting access tokens (503): it
    /// cannot know what other nodes have revoked.
    pub max_staleness: Duration,
}

impl Revocation {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let revocation = Self {
            poll_interval: reader.duration("revocation.poll_interval", Duration::from_millis(500)),
            max_staleness: reader.duration("revocation.max_staleness", Duration::from_secs(60)),
        };
        let poll = Duration::from_millis(50)..=Duration::from_secs(5);
        reader.check(
            "revocation.poll_interval",
            poll.contains(&revocation.poll_interval),
            "must be between 50ms and 5s",
        );
        let staleness = Duration::from_secs(1)..=Duration::from_secs(3600);
        reader.check(
            "revocation.max_staleness",
            staleness.contains(&revocation.max_staleness),
            "must be between 1s and 1h",
        );
        revocation
    }
}
