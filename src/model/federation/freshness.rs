//! When a provider is asked for its metadata and keys again.

use std::time::Duration;

use crate::clock::Timestamp;

/// How long what a provider has told is used without asking again. Providers announce keys long before they sign with
/// them, and a key that is not known is asked for at once.
pub const FRESH_FOR: Duration = Duration::from_secs(3600);
/// How long after an attempt a provider is left alone. Tokens that name unknown keys are made by anyone, so they must not
/// decide how often a provider is called.
pub const PAUSE: Duration = Duration::from_secs(60);
/// The same for a provider without usable keys or metadata: so logins that wait for it do not wait in a row.
pub const SHORT_PAUSE: Duration = Duration::from_secs(5);
/// How long keys are used of a provider that cannot be reached. A key that it has withdrawn meanwhile counts until then.
pub const USABLE_FOR: Duration = Duration::from_secs(24 * 3600);

/// What is known of a provider at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// When the provider has answered last.
    pub told_at: Timestamp,
    /// When it was asked last, with or without an answer.
    pub asked_at: Timestamp,
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is used as it is.
    Use,
    /// The provider is asked; if it does not answer, what is known is used.
    Refresh,
    /// The provider is asked, and what is known is too old to be used without an answer.
    Ask,
    /// What is known is too old, and the provider was asked a moment ago.
    Wait,
}

impl Knowledge {
    /// `lacks_key` tells that a token has come whose key is not among the known ones.
    pub fn next_step(self, now: Timestamp, lacks_key: bool) -> Step {
        let quiet = now.since(self.asked_at);
        let age = now.since(self.told_at);
        match (age < USABLE_FOR, lacks_key || age >= FRESH_FOR) {
            (true, true) if quiet >= PAUSE => Step::Refresh,
            (true, _) => Step::Use,
            (false, _) if quiet < SHORT_PAUSE => Step::Wait,
            (false, _) => Step::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    fn step(told: Duration, asked: Duration, lacks_key: bool) -> Step {
        let now = START.plus(told.max(asked));
        Knowledge { told_at: now.minus(told), asked_at: now.minus(asked) }.next_step(now, lacks_key)
    }

    #[test]
    fn what_is_known_is_fresh_for_an_hour_and_usable_for_a_day() {
        let seconds = Duration::from_secs;
        for (told, asked, lacks_key, expected) in [
            (seconds(3_599), seconds(3_599), false, Step::Use),
            (seconds(3_600), seconds(3_600), false, Step::Refresh),
            (seconds(3_600), seconds(59), false, Step::Use),
            (seconds(86_399), seconds(60), false, Step::Refresh),
            (seconds(86_399), seconds(59), true, Step::Use),
            (seconds(86_400), seconds(4), true, Step::Wait),
            (seconds(86_400), seconds(5), true, Step::Ask),
        ] {
            assert_eq!(step(told, asked, lacks_key), expected, "{told:?} {asked:?} {lacks_key}");
        }
    }

    #[test]
    fn what_is_fresh_is_used() {
        let almost = FRESH_FOR - Duration::from_secs(1);
        assert_eq!(step(Duration::ZERO, Duration::ZERO, false), Step::Use);
        assert_eq!(step(almost, almost, false), Step::Use);
        assert_eq!(step(FRESH_FOR, FRESH_FOR, false), Step::Refresh);
    }

    #[test]
    fn unknown_keys_make_one_call_a_minute() {
        let second = Duration::from_secs(1);
        assert_eq!(step(PAUSE - second, PAUSE - second, true), Step::Use);
        assert_eq!(step(PAUSE, PAUSE, true), Step::Refresh);
        assert_eq!(step(PAUSE, second, true), Step::Use, "the last attempt had no answer");
    }

    #[test]
    fn a_provider_that_is_gone_is_known_for_a_day() {
        let second = Duration::from_secs(1);
        assert_eq!(step(USABLE_FOR - second, second, false), Step::Use);
        assert_eq!(step(USABLE_FOR - second, PAUSE, false), Step::Refresh);
        for lacks_key in [false, true] {
            assert_eq!(step(USABLE_FOR, second, lacks_key), Step::Wait);
            assert_eq!(step(USABLE_FOR, SHORT_PAUSE, lacks_key), Step::Ask);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_asks_no_more_often() {
        let knowledge = Knowledge { told_at: START, asked_at: START };
        assert_eq!(knowledge.next_step(START.minus(FRESH_FOR), true), Step::Use);
    }
}
