//! `sessions.*`: limits and lifetimes of session families, and of their actors.

use std::time::Duration;

use super::{Reader, setting};

/// The largest number of threads that run actors.
const MAX_THREADS: usize = 64;

#[derive(Clone, Debug)]
pub struct Sessions {
    /// Live sessions per user. One more login revokes the least recently used.
    pub max_per_user: u32,
    /// A session expires when it is not refreshed for this long.
    pub idle_timeout: Duration,
    /// The same for a session whose login has asked not to be remembered.
    pub short_idle_timeout: Duration,
    /// A session expires this long after its login.
    pub absolute_timeout: Duration,
    /// How recent the authentication must be for a sensitive action.
    pub step_up_max_age: Duration,
    /// How long an actor may be idle before it gives its memory back. By default longer than the life of an access
    /// token, so that a client that refreshes in time finds its actor.
    pub passivate_after: Duration,
    /// Requests that may wait for one session. The next one is answered with 429.
    pub max_waiting_per_session: u16,
    /// Requests that may wait for all sessions together. The next one is answered with 503.
    pub max_waiting: usize,
    /// Threads that run session actors.
    pub threads: usize,
}

impl Sessions {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Sessions");
        let second = Duration::from_secs(1);
        let idle_timeout = reader.value(
            setting("sessions.idle_timeout", "A session expires when it is not refreshed for this long.")
                .between(second, days(3650))
                .note("at most `sessions.absolute_timeout`"),
            days(30),
        );
        Self {
            max_per_user: reader.value(
                setting(
                    "sessions.max_per_user",
                    "The live sessions per user. One more login revokes the least recently used.",
                )
                .between(1, 1_000_000),
                10,
            ),
            idle_timeout,
            short_idle_timeout: reader.value(
                setting(
                    "sessions.short_idle_timeout",
                    "The same for a session whose login said `remember: false`. Its cookies end with the browser.",
                )
                .between(second, days(3650))
                .note("at most `sessions.idle_timeout`, which is the default if it is shorter"),
                HALF_A_DAY.min(idle_timeout),
            ),
            absolute_timeout: reader.value(
                setting("sessions.absolute_timeout", "A session expires this long after its login.")
                    .between(second, days(3650)),
                days(90),
            ),
            step_up_max_age: reader.value(
                setting(
                    "sessions.step_up_max_age",
                    "How recent the authentication must be for a sensitive action.",
                )
                .between(second, days(1)),
                Duration::from_secs(300),
            ),
            passivate_after: reader.value(
                setting(
                    "sessions.passivate_after",
                    "How long an actor may be idle before it gives its memory back.",
                )
                .between(second, days(1)),
                Duration::from_secs(900),
            ),
            max_waiting_per_session: reader.value(
                setting(
                    "sessions.max_waiting_per_session",
                    "The requests in progress or waiting for one session. The next one is \
                        answered with 429.",
                )
                .between(1, u16::MAX),
                8,
            ),
            max_waiting: reader.value(
                setting(
                    "sessions.max_waiting",
                    "The same for all sessions together. The next one is answered with 503.",
                )
                .at_least(1),
                10_000,
            ),
            threads: reader.value(
                setting("sessions.threads", "The threads that run session actors.")
                    .between(1, MAX_THREADS)
                    .default_note("⌈cores / 4⌉"),
                default_threads(),
            ),
        }
    }
}

const HALF_A_DAY: Duration = Duration::from_secs(12 * 3_600);

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// One actor thread for four cores: the turn of an actor takes microseconds, and the database takes the rest.
fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(4).min(MAX_THREADS))
}
