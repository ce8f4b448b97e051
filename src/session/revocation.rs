//! The revocation index: the families that were revoked within the longest life of an access token. In memory, so that
//! checking a token costs no database read.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use parking_lot::RwLock;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::revocation::Cutoff;

const SHARDS: usize = 16;

/// The families that are revoked, in shards by their id.
#[derive(Debug)]
pub struct RevocationIndex {
    shards: [RwLock<HashMap<Uuid, Revocation>>; SHARDS],
    /// All families created before this are revoked, for good; in microseconds.
    created_before: AtomicI64,
    cutoff_moved: Notify,
    freshness: Freshness,
}

#[derive(Clone, Copy, Debug)]
struct Revocation {
    at: Timestamp,
    /// When this process heard of it.
    learnt: Instant,
}

/// When the log was read last, and for how long that counts.
#[derive(Debug)]
struct Freshness {
    started: Instant,
    synced_millis: AtomicU64,
    max_staleness: Duration,
}

impl RevocationIndex {
    /// After `max_staleness` without a look into the log, the index must not be relied on.
    pub fn new(max_staleness: Duration) -> Self {
        let freshness =
            Freshness { started: Instant::now(), synced_millis: AtomicU64::new(0), max_staleness };
        Self {
            shards: Default::default(),
            created_before: AtomicI64::new(0),
            cutoff_moved: Notify::new(),
            freshness,
        }
    }

    /// Adds a family; `true` if it is new to the index. Of two moments the later one counts.
    pub fn insert(&self, family: Uuid, revoked_at: Timestamp) -> bool {
        let mut shard = self.shard(family).write();
        let known = shard.get(&family).map(|known| known.at);
        let at = known.map_or(revoked_at, |known| known.max(revoked_at));
        shard.insert(family, Revocation { at, learnt: Instant::now() }).is_none()
    }

    /// Whether the family is revoked, by itself or with all families that were created before a moment.
    pub fn contains(&self, family: Uuid) -> bool {
        self.cutoff().covers(family) || self.shard(family).read().contains_key(&family)
    }

    /// All families created before this are revoked; `true` if that is news. An earlier moment changes nothing.
    pub fn insert_cutoff(&self, cutoff: Cutoff) -> bool {
        let moment = cutoff.moment().as_micros();
        let is_news = self.created_before.fetch_max(moment, Ordering::SeqCst) < moment;
        if is_news {
            self.cutoff_moved.notify_one();
        }
        is_news
    }

    /// Families created after this moment are not revoked with all others.
    pub fn cutoff(&self) -> Cutoff {
        Cutoff::at(Timestamp::from_micros(self.created_before.load(Ordering::SeqCst)))
    }

    /// All families that the index holds one by one.
    pub fn families(&self) -> Vec<Uuid> {
        self.shards.iter().flat_map(|shard| shard.read().keys().copied().collect::<Vec<_>>()).collect()
    }

    /// The database was told of the cutoff again: its rows may be missing.
    pub fn tell_cutoff_again(&self) {
        self.cutoff_moved.notify_one();
    }

    /// Waits until the cutoff moves; one task waits at a time.
    pub(super) async fn cutoff_moved(&self) {
        self.cutoff_moved.notified().await;
    }

    /// Whether the index can be relied on: if not, tokens must not be accepted.
    pub fn is_fresh(&self) -> bool {
        let synced = Duration::from_millis(self.freshness.synced_millis.load(Ordering::Relaxed));
        self.freshness.started.elapsed().saturating_sub(synced) <= self.freshness.max_staleness
    }

    /// The log was read up to this moment of the monotonic clock.
    pub fn synced_at(&self, moment: Instant) {
        let millis = moment.saturating_duration_since(self.freshness.started).as_millis();
        self.freshness.synced_millis.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Forgets families whose access tokens have all expired: those revoked before this moment and known
    /// for longer than `held`. A wall clock that leaps ahead for a while therefore deletes nothing.
    pub fn prune(&self, before: Timestamp, held: Duration) {
        for shard in &self.shards {
            shard.write().retain(|_, known| known.at >= before || known.learnt.elapsed() < held);
        }
    }

    /// The number of families in the index, those of cut-offs not included.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, family: Uuid) -> &RwLock<HashMap<Uuid, Revocation>> {
        &self.shards[usize::from(family.as_bytes()[15]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_until_pruned() {
        let index = RevocationIndex::new(Duration::from_secs(60));
        let family = Uuid::from_u128(1);
        assert!(index.insert(family, Timestamp::from_unix_seconds(10)));
        assert!(!index.insert(family, Timestamp::from_unix_seconds(10)));
        assert!(!index.insert(family, Timestamp::from_unix_seconds(9)), "an earlier moment changes nothing");
        index.prune(Timestamp::from_unix_seconds(10), Duration::ZERO);
        assert!(index.contains(family));
        assert_eq!(index.families(), [family]);
        index.prune(Timestamp::from_unix_seconds(11), Duration::from_secs(60));
        assert!(index.contains(family), "the clock may have leapt");
        index.prune(Timestamp::from_unix_seconds(11), Duration::ZERO);
        assert!(!index.contains(family) && index.is_empty());
    }

    #[test]
    fn a_cutoff_revokes_all_earlier_families_for_good() {
        use crate::entropy::{OsEntropy, uuid_v7};
        let index = RevocationIndex::new(Duration::from_secs(60));
        let at = Timestamp::from_unix_seconds;
        let (old, young) = (uuid_v7(&OsEntropy, at(9)), uuid_v7(&OsEntropy, at(10)));
        assert!(!index.contains(old));
        assert!(index.insert_cutoff(Cutoff::at(at(10))));
        assert!(!index.insert_cutoff(Cutoff::at(at(5))) && !index.insert_cutoff(Cutoff::at(at(10))));
        index.prune(at(1_000), Duration::ZERO);
        assert!(index.contains(old) && !index.contains(young));
        assert_eq!(index.cutoff(), Cutoff::at(at(10)));
    }

    #[test]
    fn a_node_without_news_is_not_relied_on() {
        let index = RevocationIndex::new(Duration::ZERO);
        while index.is_fresh() {
            std::thread::yield_now();
        }
        index.synced_at(Instant::now() + Duration::from_secs(60));
        assert!(index.is_fresh());
    }
}
