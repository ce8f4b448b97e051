//! Counts of one limit by key, in memory. `governor` decides by the generic cell rate algorithm: a key has one number,
//! the time at which its bucket is empty again. The store is ours, because events are given back, and because counts are
//! taken over from Redis.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

use crate::clock::{Clock, Timestamp};
use crate::model::throttle::Limit;

/// Keys are spread over this many maps, so that requests seldom wait for each other.
const SHARDS: usize = 64;

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub remaining: u32,
    /// Until nothing of it is used.
    pub reset: Duration,
}

/// Counts events of one limit. See the module's description.
pub(super) struct Meter<K: Hash + Eq + Clone> {
    limit: Limit,
    store: Arc<Store<K>>,
    limiter: RateLimiter<K, SharedStore<K>, MeterClock, NoOpMiddleware<Duration>>,
}

impl<K: Hash + Eq + Clone> Meter<K> {
    /// `max` is the number of keys that are counted at a time.
    pub fn new(limit: Limit, max: usize, clock: Arc<dyn Clock>) -> Self {
        let clock = MeterClock { started: clock.now(), clock };
        let store = Arc::new(Store {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
            max_per_shard: max.div_ceil(SHARDS),
            interval: limit.interval().into(),
            window: limit.window().into(),
            clock: clock.clone(),
        });
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(limit.interval());
        let quota = quota.unwrap_or_else(|| Quota::per_second(NonZeroU32::MAX)).allow_burst(burst);
        let limiter = RateLimiter::new(quota, SharedStore(Arc::clone(&store)), clock);
        Self { limit, store, limiter }
    }

    pub const fn limit(&self) -> Limit {
        self.limit
    }

    /// Counts one event.
    ///
    /// # Errors
    /// The time until there is room for it; then it was not counted.
    pub fn take(&self, key: &K) -> Result<(), Duration> {
        let now = self.store.clock.now();
        // Never "not now, but at once".
        let wait = |wait: Duration| wait.max(Duration::from_millis(1));
        self.limiter.check_key(key).map_err(|not_until| wait(not_until.wait_time_from(now)))
    }

    /// Takes one event back.
    pub fn give_back(&self, key: &K) {
        self.store.change(key, |level| level.saturating_sub(self.store.interval));
    }

    /// Takes over how full the bucket is: the time in which it becomes empty.
    pub fn learn(&self, key: K, level: Duration) {
        self.store.change(&key, |_| level.into());
    }

    pub fn left(&self, key: &K) -> Left {
        let reset = Duration::from(self.store.level(key));
        let used = reset.as_nanos().div_ceil(self.limit.interval().as_nanos().max(1));
        let used = u32::try_from(used).unwrap_or(u32::MAX);
        Left { remaining: self.limit.burst.saturating_sub(used), reset }
    }

    /// Forgets keys whose buckets are empty.
    pub fn sweep(&self) {
        let now = self.store.now();
        for shard in &self.store.shards {
            shard.lock().retain(|_, empty_at| *empty_at > now);
        }
    }

    #[cfg(test)]
    pub fn counted(&self) -> usize {
        self.store.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}

/// The server's clock, in the form that governor wants. The server's time may be set back, and tests move it.
#[derive(Clone)]
struct MeterClock {
    clock: Arc<dyn Clock>,
    started: Timestamp,
}

impl governor::clock::Clock for MeterClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.clock.now().since(self.started)
    }
}

/// When the bucket of each key is empty. A key that is absent has an empty one.
struct Store<K> {
    hasher: RandomState,
    shards: [Mutex<HashMap<K, Nanos>>; SHARDS],
    max_per_shard: usize,
    /// What one event adds.
    interval: Nanos,
    /// How full a bucket can be.
    window: Nanos,
    clock: MeterClock,
}

impl<K: Hash + Eq + Clone> Store<K> {
    fn now(&self) -> Nanos {
        self.clock.now().duration_since(Duration::ZERO)
    }

    fn shard(&self, key: &K) -> &Mutex<HashMap<K, Nanos>> {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }

    /// The time in which the bucket becomes empty.
    fn level(&self, key: &K) -> Nanos {
        let empty_at = self.shard(key).lock().get(key).copied().unwrap_or(Nanos::new(0));
        empty_at.saturating_sub(self.now()).min(self.window)
    }

    fn change(&self, key: &K, change: impl Fn(Nanos) -> Nanos) {
        let now = self.now();
        let mut shard = self.shard(key).lock();
        let level = shard.get(key).map_or(Nanos::new(0), |empty_at| empty_at.saturating_sub(now));
        let level = change(level.min(self.window));
        if level == Nanos::new(0) {
            shard.remove(key);
        } else {
            self.insert(&mut shard, key, now + level);
        }
    }

    /// In a full map, those keys make room that lose the least by it: empty buckets, or else the least full quarter. So a
    /// flood of networks neither fills the memory nor clears the counts of those that have failed most.
    fn insert(&self, shard: &mut HashMap<K, Nanos>, key: &K, empty_at: Nanos) {
        if shard.len() >= self.max_per_shard && !shard.contains_key(key) {
            let now = self.now();
            shard.retain(|_, empty_at| *empty_at > now);
            if shard.len() >= self.max_per_shard {
                let mut moments: Vec<Nanos> = shard.values().copied().collect();
                let (_, quarter, _) = moments.select_nth_unstable(shard.len() / 4);
                let quarter = *quarter;
                shard.retain(|_, empty_at| *empty_at > quarter);
            }
        }
        shard.insert(key.clone(), empty_at);
    }
}

/// The store, as governor uses it.
struct SharedStore<K>(Arc<Store<K>>);

impl<K: Hash + Eq + Clone> StateStore for SharedStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let store = &self.0;
        let mut shard = store.shard(key).lock();
        // A clock that was set back makes no bucket fuller than full.
        let fullest = store.now() + store.window;
        let (outcome, empty_at) = decide(shard.get(key).map(|empty_at| (*empty_at).min(fullest)))?;
        store.insert(&mut shard, key, empty_at);
        Ok(outcome)
    }
}
