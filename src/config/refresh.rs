//! `refresh.*`: what a spent refresh token may still do.

use std::time::Duration;

use super::{Reader, setting};
use crate::model::session_family::RegressedPolicy;

#[derive(Clone, Debug)]
pub struct Refresh {
    /// How long after a rotation the previous token, sent without an `Idempotency-Key`, gets the same
    /// successor, as long as that is unused. 0 (the default) turns this off.
    pub grace: Duration,
    /// How long after a rotation a retry with the same `Idempotency-Key` gets the same successor, as long as that is
    /// unused.
    pub retry_window: Duration,
    /// The same for keys that follow from the token, with the prefix `d.`.
    pub derived_retry_window: Duration,
    /// How long after a rotation a spent token, up to two generations old, is taken for one of several requests at
    /// once: it is refused, and the session stays. Longer than `database.statement_timeout`.
    pub race_window: Duration,
    /// What becomes of a session whose token is ahead of the database.
    pub regressed: RegressedPolicy,
}

super::text_enum!(RegressedPolicy { End => "end", Adopt => "adopt" });

impl Refresh {
    /// By default a retry with a key is answered for as long as the session may be idle.
    pub(super) fn read(reader: &mut Reader, idle_timeout: Duration) -> Self {
        reader.section("Refresh");
        Self {
            grace: reader.value(
                setting(
                    "refresh.grace",
                    "How long a retry *without* an `Idempotency-Key` gets the same successor \
                    while that is unused. 0 turns it off.",
                )
                .at_most(MINUTE)
                .note("at most `sessions.passivate_after`"),
                Duration::ZERO,
            ),
            retry_window: reader.value(
                setting(
                    "refresh.retry_window",
                    "How long a retry with the same `Idempotency-Key` gets the same successor \
                    while that is unused. By default `sessions.idle_timeout`.",
                )
                .at_most(LONGEST_IDLE),
                idle_timeout,
            ),
            derived_retry_window: reader.value(
                setting(
                    "refresh.derived_retry_window",
                    "The same for keys that follow from the token (prefix `d.`).",
                )
                .at_most(10 * MINUTE),
                MINUTE,
            ),
            race_window: reader.value(
                setting(
                    "refresh.race_window",
                    "How long after a rotation the use of one of the two most recently spent tokens counts as a \
                    race, which is answered with 409, and not as reuse.",
                )
                .between(Duration::from_secs(2), MINUTE)
                .note("longer than `database.statement_timeout`"),
                Duration::from_secs(10),
            ),
            regressed: reader.choice(
                setting(
                    "refresh.regressed",
                    "What becomes of a session whose refresh token is ahead of the database, because a failover lost \
                    commits or a backup was restored: `end` revokes it, with `adopt` it goes on from the token.",
                ),
                RegressedPolicy::End,
            ),
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const LONGEST_IDLE: Duration = Duration::from_secs(3650 * 86_400);
