//! Leaves a service alone that keeps failing.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The number of failures in a row after which calls are refused.
const FAILURES: u32 = 5;
/// How long calls are refused, until one is let through again.
const REST: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    /// When the next call is let through.
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made now. After a rest one may, and the others wait for another rest, even if nothing is
    /// ever recorded of that one.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock();
        match state.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + REST);
                true
            }
        }
    }

    /// Records a call that was made. Gives back whether this one was the failure that ends calls.
    pub fn record(&self, is_healthy: bool, now: Instant) -> bool {
        let mut state = self.0.lock();
        if is_healthy {
            *state = State::default();
            return false;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.open_until = Some(now + REST);
        }
        state.failures == FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for number in 1..=FAILURES {
            assert!(breaker.admits(now));
            assert_eq!(breaker.record(false, now), number == FAILURES);
        }
        breaker
    }

    #[test]
    fn after_failures_in_a_row_it_rests() {
        let now = Instant::now();
        let breaker = broken(now);
        assert!(!breaker.admits(now));
        assert!(!breaker.admits(now + REST - Duration::from_millis(1)));
    }

    #[test]
    fn one_call_at_a_time_tries_again() {
        let begin = Instant::now();
        let breaker = broken(begin);
        let rested = begin + REST;
        assert!(breaker.admits(rested));
        assert!(!breaker.admits(rested), "the first one is being tried");
        // Its caller went away without a result.
        assert!(breaker.admits(rested + REST));
        assert!(!breaker.record(false, rested + REST));
        assert!(!breaker.admits(rested + REST));
        assert!(breaker.admits(rested + REST + REST));
        breaker.record(true, rested + REST + REST);
        assert!((0..3).all(|_| breaker.admits(rested + REST + REST)));
    }

    #[test]
    fn successes_in_between_forgive() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..10 {
            (1..FAILURES).for_each(|_| assert!(!breaker.record(false, now)));
            breaker.record(true, now);
        }
        assert!(breaker.admits(now));
    }
}
