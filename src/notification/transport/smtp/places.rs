//! How many connections the relay accepts at a time.
//!
//! Relays limit the connections of a client and answer 421 to one more (RFC 5321 §3.8). The limit cannot be asked for, so
//! it is found: after a refusal the process goes on with as many as were open, and tries one more from time to time.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long after a change one more connection is tried.
const WIDEN_AFTER: Duration = Duration::from_secs(60);

/// The connections that may be open at a time, as far as the relay has told.
pub(super) struct Places {
    free: Semaphore,
    limit: Mutex<Limit>,
    most: usize,
}

struct Limit {
    places: usize,
    changed: Instant,
}

impl Places {
    pub fn new(most: usize) -> Self {
        let limit = Limit { places: most, changed: Instant::now() };
        Self { free: Semaphore::new(most), limit: Mutex::new(limit), most }
    }

    /// A place for a connection; waits for one. `None` does not happen, because the places are never closed.
    pub async fn take(&self) -> Option<SemaphorePermit<'_>> {
        self.widen(Instant::now());
        self.free.acquire().await.ok()
    }

    /// Gives up the place of a connection that was refused, and whatever is beyond the connections that are open.
    /// `false` if there is no other: then the limit is not this process's to keep.
    pub fn refused(&self, place: SemaphorePermit<'_>) -> bool {
        let mut limit = self.limit.lock();
        let open = limit.places.saturating_sub(self.free.available_permits());
        if open <= 1 {
            return false;
        }
        self.free.forget_permits(limit.places - open);
        place.forget();
        *limit = Limit { places: open - 1, changed: Instant::now() };
        tracing::info!(connections = open - 1, "the mail relay refuses a further connection; using fewer");
        true
    }

    fn widen(&self, now: Instant) {
        let mut limit = self.limit.lock();
        if limit.places < self.most && now.saturating_duration_since(limit.changed) >= WIDEN_AFTER {
            *limit = Limit { places: limit.places + 1, changed: now };
            self.free.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_limit_is_found_and_tried_again_later() {
        let places = Places::new(16);
        let (first, second) = (places.take().await.unwrap(), places.take().await.unwrap());
        let third = places.take().await.unwrap();
        assert!(places.refused(third), "two others are open");
        assert_eq!((places.free.available_permits(), places.limit.lock().places), (0, 2));
        assert!(places.refused(second), "one other is open");
        assert!(!places.refused(first), "it is the only one");
        assert_eq!((places.free.available_permits(), places.limit.lock().places), (1, 1));
        let now = Instant::now();
        places.widen(now + WIDEN_AFTER / 2);
        assert_eq!(places.free.available_permits(), 1);
        for minute in 1..=20 {
            places.widen(now + (WIDEN_AFTER + Duration::from_secs(1)) * minute);
        }
        assert_eq!((places.free.available_permits(), places.limit.lock().places), (16, 16));
    }
}
