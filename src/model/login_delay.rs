//! The delay of logins from unknown devices after wrong passwords: some are free, then each one doubles the delay.
//!
//! Addresses share a fixed number of cells, whether they have an account or not, so that a delay does not reveal that.
//! A cell consists of two moments, which only grow except after a right password. The states of two nodes are therefore
//! merged by their maximum, and a state from which failures were removed has a higher version than those before it.

use std::time::Duration;

use crate::clock::Timestamp;

/// How delays grow and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayRules {
    /// The number of failures without a delay.
    pub free: u32,
    /// After the last free failure. Each further failure doubles it.
    pub shortest: Duration,
    pub longest: Duration,
    /// The time after which a cell loses one failure.
    pub forgotten_after: Duration,
}

/// The count does not go beyond this, so that a clock that was set back causes no more than the longest delay.
const MOST: u32 = 64;

/// The state of the addresses that share a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DelayCell {
    pub version: i64,
    /// When the last failure is forgotten.
    pub empty_at: Timestamp,
    /// Until when no attempt is accepted.
    pub open_at: Timestamp,
}

impl DelayCell {
    /// The number of failures that are not forgotten yet.
    pub fn failures(self, now: Timestamp, rules: &DelayRules) -> u32 {
        let left = self.empty_at.since(now).as_micros().div_ceil(rules.forgotten_after.as_micros());
        u32::try_from(left).unwrap_or(MOST).min(MOST)
    }

    /// Whether it no longer contains any information.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.empty_at <= now && self.open_at <= now
    }

    /// Counts an attempt as a failure, before it is evaluated.
    ///
    /// # Errors
    /// How long to wait; the attempt was not counted.
    pub fn count(&mut self, now: Timestamp, rules: &DelayRules) -> Result<(), Duration> {
        self.open_at = self.open_at.min(now.plus(rules.longest));
        if self.open_at > now {
            return Err(self.open_at.since(now));
        }
        let fullest = now.plus(rules.forgotten_after * MOST);
        self.empty_at = self.empty_at.max(now).plus(rules.forgotten_after).min(fullest);
        let failures = self.failures(now, rules);
        if failures >= rules.free {
            self.open_at = now.plus(rules.delay(failures));
        }
        Ok(())
    }

    /// Removes failures that turned out to be those of the owner.
    pub fn take_out(&mut self, failures: u32, now: Timestamp, rules: &DelayRules) {
        self.empty_at = self.empty_at.max(now).minus(rules.forgotten_after * failures.min(MOST));
        let left = self.failures(now, rules);
        if left == 0 {
            self.empty_at = Timestamp::default();
        }
        self.open_at = if left < rules.free {
            Timestamp::default()
        } else {
            self.open_at.min(now.plus(rules.delay(left)))
        };
    }

    /// Merges the count of another node.
    pub fn merge(&mut self, other: Self) {
        if other.version > self.version {
            *self = other;
        } else if other.version == self.version {
            self.empty_at = self.empty_at.max(other.empty_at);
            self.open_at = self.open_at.max(other.open_at);
        }
    }
}

impl DelayRules {
    /// The shortest × 2ⁿ, where n is the number of failures beyond the free ones.
    fn delay(&self, failures: u32) -> Duration {
        let doubled = 1_u32.checked_shl(failures.saturating_sub(self.free)).unwrap_or(u32::MAX);
        self.shortest.saturating_mul(doubled).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const NOW: Timestamp = Timestamp::from_unix_seconds(1_000_000);
    const RULES: DelayRules = DelayRules {
        free: 10,
        shortest: MINUTE,
        longest: Duration::from_secs(15 * 60),
        forgotten_after: Duration::from_secs(15 * 60),
    };

    fn failed(times: u32) -> DelayCell {
        let mut cell = DelayCell::default();
        for _ in 0..times {
            cell.count(NOW, &RULES).unwrap();
        }
        cell
    }

    #[test]
    fn ten_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour() {
        let (mut cell, mut now) = (failed(10), NOW);
        // After a quarter of an hour one failure is forgotten.
        for minutes in [1, 2, 4, 8, 8, 15, 15] {
            assert_eq!(cell.count(now, &RULES), Err(MINUTE * minutes));
            now = now.plus(MINUTE * minutes);
            assert_eq!(
                cell.count(now.minus(Duration::from_micros(1)), &RULES),
                Err(Duration::from_micros(1))
            );
            assert_eq!(cell.count(now, &RULES), Ok(()));
        }
    }

    #[test]
    fn other_rules_give_other_delays() {
        let rules = DelayRules { free: 2, shortest: 3 * MINUTE, longest: 5 * MINUTE, ..RULES };
        let (mut cell, mut now) = (DelayCell::default(), NOW);
        assert_eq!(cell.count(now, &rules), Ok(()));
        for minutes in [3, 5, 5] {
            assert_eq!(cell.count(now, &rules), Ok(()));
            assert_eq!(cell.count(now, &rules), Err(MINUTE * minutes));
            now = now.plus(MINUTE * minutes);
        }
    }

    #[test]
    fn one_is_forgotten_in_a_quarter_of_an_hour() {
        let cell = failed(10);
        assert_eq!(cell.failures(NOW, &RULES), 10);
        assert_eq!(cell.failures(NOW.plus(15 * MINUTE).minus(Duration::from_micros(1)), &RULES), 10);
        assert_eq!(cell.failures(NOW.plus(15 * MINUTE), &RULES), 9);
        assert!(!cell.is_over(NOW.plus(149 * MINUTE)) && cell.is_over(NOW.plus(150 * MINUTE)));
    }

    #[test]
    fn a_success_takes_out_its_own_and_no_others() {
        let mut cell = failed(10);
        cell.take_out(4, NOW, &RULES);
        assert_eq!((cell.failures(NOW, &RULES), cell.open_at), (6, Timestamp::default()));
        cell.take_out(100, NOW, &RULES);
        assert_eq!(cell, DelayCell::default());
    }

    #[test]
    fn what_is_left_beyond_the_free_ones_still_delays() {
        let (empty_at, open_at) = (NOW.plus(180 * MINUTE), NOW.plus(4 * MINUTE));
        let mut cell = DelayCell { version: 0, empty_at, open_at };
        cell.take_out(2, NOW, &RULES);
        assert_eq!((cell.failures(NOW, &RULES), cell.open_at), (10, NOW.plus(MINUTE)));
        cell.take_out(1, NOW, &RULES);
        assert_eq!((cell.failures(NOW, &RULES), cell.open_at), (9, Timestamp::default()));
    }

    #[test]
    fn a_cell_is_over_when_both_moments_have_come() {
        let later = NOW.plus(Duration::from_micros(1));
        for (empty_at, open_at) in [(NOW, later), (later, NOW)] {
            let cell = DelayCell { version: 0, empty_at, open_at };
            assert!(!cell.is_over(NOW) && cell.is_over(later), "{cell:?}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_costs_the_longest_delay_at_most() {
        let mut cell = failed(10);
        let earlier = NOW.minus(Duration::from_secs(400 * 86_400));
        assert_eq!(cell.count(earlier, &RULES), Err(RULES.longest));
        assert_eq!(cell.count(earlier.plus(RULES.longest), &RULES), Ok(()));
        assert_eq!(cell.failures(earlier.plus(RULES.longest), &RULES), MOST);
    }

    #[test]
    fn nodes_agree_on_the_greater_and_on_what_was_taken_out() {
        let (mut one, mut other) = (failed(3), failed(7));
        one.merge(other);
        other.merge(failed(3));
        assert_eq!((one.failures(NOW, &RULES), one), (7, other));
        one.take_out(7, NOW, &RULES);
        one.version += 1;
        other.merge(one);
        assert_eq!(other.failures(NOW, &RULES), 0);
        one.merge(failed(7));
        assert_eq!(one.failures(NOW, &RULES), 0, "an older state brings nothing back");
    }
}
