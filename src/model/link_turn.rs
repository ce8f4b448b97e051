//! When a link is sent again. Anyone can request links for any address, so a request must neither void a link that was
//! delivered nor flood a mailbox.

use std::time::Duration;

use uuid::Uuid;

use super::opaque_token::TokenHash;
use crate::clock::Timestamp;

/// The number of links of one kind that a user has at the same time. Beyond that, the newest is sent again.
pub const MAX_OUTSTANDING: usize = 5;

/// The longest time between two deliveries of a link that is requested repeatedly.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// A valid link, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentLink {
    /// The row of the token.
    pub id: Uuid,
    /// The hash of the token, by which the link is found.
    pub hash: TokenHash,
    /// When it was first sent.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was last sent; a later repetition waits for longer.
    pub last_sent_at: Timestamp,
    /// The number of deliveries after the first one.
    pub resends: u32,
}

impl SentLink {
    /// Whether enough of its life is left for the recipient to use it: at least a quarter.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let life = self.expires_at.since(self.created_at);
        self.expires_at.since(now) * 4 >= life
    }

    /// Whether it is time to send it again: after 1, 2, 4, 8 and then every 15 minutes.
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.last_sent_at.plus(pause(self.resends))
    }
}

fn pause(resends: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << resends.min(10)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn link(resends: u32) -> SentLink {
        let created_at = Timestamp::from_unix_seconds(1_000_000);
        SentLink {
            id: Uuid::nil(),
            hash: TokenHash([0; 32]),
            created_at,
            expires_at: created_at.plus(30 * MINUTE),
            last_sent_at: created_at,
            resends,
        }
    }

    #[test]
    fn distances_grow_up_to_a_quarter_of_an_hour() {
        let minutes = [0, 1, 2, 3, 4, 5, u32::MAX].map(|resends| pause(resends).as_secs() / 60);
        assert_eq!(minutes, [1, 2, 4, 8, 15, 15, 15]);
        let link = link(1);
        assert!(!link.is_due(link.created_at.plus(MINUTE)));
        assert!(link.is_due(link.created_at.plus(2 * MINUTE)));
        assert!(!link.is_due(link.created_at.plus(2 * MINUTE).minus(Duration::from_micros(1))));
    }

    #[test]
    fn what_is_about_to_expire_is_not_sent_again() {
        let link = link(0);
        let quarter_left = link.created_at.plus(Duration::from_secs(22 * 60 + 30));
        assert!(link.is_fresh(quarter_left));
        assert!(!link.is_fresh(quarter_left.plus(Duration::from_micros(1))));
        assert!(!link.is_fresh(link.expires_at.plus(MINUTE)));
    }
}
