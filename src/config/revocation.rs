//! `revocation.*`: how revocations reach other nodes.

use std::time::Duration;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Revocation {
    /// How often the revocation log is read even without a notification.
    pub poll_interval: Duration,
    /// A node that could not read the log for this long stops accepting access tokens (503), because it cannot know
    /// what other nodes have revoked.
    pub max_staleness: Duration,
}

impl Revocation {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Revocation");
        Self {
            poll_interval: reader.value(
                setting(
                    "revocation.poll_interval",
                    "How often the revocation log is read even without a notification.",
                )
                .between(Duration::from_millis(50), Duration::from_secs(5)),
                Duration::from_millis(500),
            ),
            max_staleness: reader.value(
                setting(
                    "revocation.max_staleness",
                    "How long a node may go without reading the log before it refuses access \
                    tokens with 503.",
                )
                .between(Duration::from_secs(1), Duration::from_secs(3600)),
                Duration::from_secs(60),
            ),
        }
    }
}
