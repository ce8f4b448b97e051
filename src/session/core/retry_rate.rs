//! How often the same tokens are handed out again: a client that only lost an answer does not ask more often.

use std::time::Duration;

use crate::clock::Timestamp;

/// Repeated answers per minute, for one family in this process.
const MOST: u8 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// The retries of one generation within the current period.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RetryRate {
    since: Timestamp,
    count: u8,
}

impl RetryRate {
    /// Counts an answer. `Err` with the seconds to wait if there were too many in this minute.
    pub fn admit(&mut self, now: Timestamp) -> Result<(), u32> {
        let is_over = now.since(self.since) >= MINUTE || now < self.since;
        if is_over {
            *self = Self { since: now, count: 0 };
        }
        if self.count >= MOST {
            let left = MINUTE.saturating_sub(now.since(self.since));
            return Err(u32::try_from(left.as_secs()).unwrap_or(0) + 1);
        }
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_in_a_minute() {
        let at = Timestamp::from_unix_seconds;
        let mut rate = RetryRate::default();
        for _ in 0..MOST {
            assert_eq!(rate.admit(at(1_000)), Ok(()));
        }
        assert_eq!(rate.admit(at(1_059)), Err(2));
        assert_eq!(rate.admit(at(1_060)), Ok(()));
        assert_eq!(rate.admit(at(10)), Ok(()), "a clock that was set back locks no client out");
    }
}
