//! `sessions.*`: limits and lifetimes of session families, and of their actors.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Sessions {
    /// Live sessions per user; one login more ends the least recently used.
    pub max_per_user: u32,
    /// A session ends when it was not refreshed for this long.
    pub idle_timeout: Duration,
    /// A session ends this long after the login, whatever happens.
    pub absolute_timeout: Duration,
    /// How long ago a proof may lie that a delicate action asks for.
    pub step_up_max_age: Duration,
    /// An actor that had nothing to do for this long gives its memory back. By default longer than the life of an
    /// access token, so that a client that refreshes in time finds its actor.
    pub passivate_after: Duration,
    /// Requests that may wait for one session; the next one gets 429.
    pub max_waiting_per_session: u16,
    /// Requests that may wait for all sessions together; the next one gets 503.
    pub max_waiting: usize,
    /// Threads that run session actors.
    pub threads: usize,
}

impl Sessions {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let sessions = Self {
            max_per_user: reader.value("sessions.max_per_user", 10),
            idle_timeout: reader.duration("sessions.idle_timeout", days(30)),
            absolute_timeout: reader.duration("sessions.absolute_timeout", days(90)),
            step_up_max_age: reader.duration("sessions.step_up_max_age", Duration::from_secs(300)),
            passivate_after: reader.duration("sessions.passivate_after", Duration::from_secs(900)),
            max_waiting_per_session: reader.value("sessions.max_waiting_per_session", 8),
            max_waiting: reader.value("sessions.max_waiting", 10_000),
            threads: reader.value("sessions.threads", default_threads()),
        };
        sessions.check(reader);
        sessions
    }

    fn check(&self, reader: &mut Reader) {
        let max = 1..=1_000_000;
        reader.check(
            "sessions.max_per_user",
            max.contains(&self.max_per_user),
            "must be between 1 and 1000000",
        );
        for (key, timeout) in [
            ("sessions.idle_timeout", self.idle_timeout),
            ("sessions.absolute_timeout", self.absolute_timeout),
        ] {
            let sane = Duration::from_secs(1)..=days(3650);
            reader.check(key, sane.contains(&timeout), "must be between 1s and 10 years");
        }
        let age = Duration::from_secs(1)..=days(1);
        reader.check(
            "sessions.step_up_max_age",
            age.contains(&self.step_up_max_age),
            "must be between 1s and 1d",
        );
        let idle = Duration::from_secs(1)..=days(1);
        reader.check(
            "sessions.passivate_after",
            idle.contains(&self.passivate_after),
            "must be between 1s and 1d",
        );
        reader.check(
            "sessions.max_waiting_per_session",
            self.max_waiting_per_session > 0,
            "must be at least 1",
        );
        reader.check("sessions.max_waiting", self.max_waiting > 0, "must be at least 1");
        reader.check("sessions.threads", (1..=64).contains(&self.threads), "must be between 1 and 64");
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// One actor thread for four cores: an actor's turn takes microseconds, the database takes the rest.
fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(4))
}
