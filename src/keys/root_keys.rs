//! The root keys in memory: one active, the others still recognised, or announced.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use crate::clock::Timestamp;
use crate::model::family_key::{FamilyKey, RootKey, RootKeyId};

/// For how long it counts that the keys were read. They are read twice a second, and a key is announced for a minute
/// before it is used: so one that was not among them then is used by no node.
const FRESH: Duration = Duration::from_secs(10);

/// Never empty: it is built around its active key.
#[derive(Debug)]
pub struct RootKeys {
    set: RwLock<Arc<Set>>,
    /// When the last successful read of the keys began.
    read_at: RwLock<Instant>,
}

#[derive(Debug)]
struct Set {
    active: Arc<RootKey>,
    others: Vec<OtherRootKey>,
    unusable: Vec<RootKeyId>,
}

/// A root key that is not the active one.
#[derive(Clone, Debug)]
pub struct OtherRootKey {
    pub key: Arc<RootKey>,
    /// When the key that follows it was made; absent for one that is announced.
    pub followed_at: Option<Timestamp>,
}

/// The keys as they were read.
#[derive(Debug)]
pub struct OpenedRootKeys {
    pub active: RootKey,
    pub others: Vec<OtherRootKey>,
    /// Those whose rows are damaged.
    pub unusable: Vec<RootKeyId>,
}

/// The keys, or the one in question, could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRead;

impl RootKeys {
    pub fn new(active: RootKey, others: Vec<OtherRootKey>) -> Self {
        Self::of(OpenedRootKeys { active, others, unusable: Vec::new() })
    }

    /// The keys, which were read a moment ago.
    pub fn of(opened: OpenedRootKeys) -> Self {
        Self { set: RwLock::new(Arc::new(Set::of(opened))), read_at: RwLock::new(Instant::now()) }
    }

    /// The key for new families and rotations.
    pub fn active(&self) -> Arc<RootKey> {
        Arc::clone(&self.set.read().active)
    }

    /// All known keys, the active one first.
    pub fn all(&self) -> impl Iterator<Item = Arc<RootKey>> {
        let set = Arc::clone(&self.set.read());
        std::iter::once(Arc::clone(&set.active)).chain(set.others.clone().into_iter().map(|other| other.key))
    }

    /// The keys that have been active since then, as far as is known: the active one first, and those that other nodes may
    /// have taken into use already.
    pub fn active_since(&self, earliest: Timestamp) -> impl Iterator<Item = Arc<RootKey>> {
        let set = Arc::clone(&self.set.read());
        let is_recent = move |other: &OtherRootKey| other.followed_at.is_none_or(|then| then >= earliest);
        let others = set.others.clone().into_iter().filter(is_recent).map(|other| other.key);
        std::iter::once(Arc::clone(&set.active)).chain(others)
    }

    pub fn get(&self, id: RootKeyId) -> Option<Arc<RootKey>> {
        self.all().find(|key| key.id == id)
    }

    pub fn family_key(&self, id: RootKeyId, salt: &[u8; 16]) -> Option<FamilyKey> {
        self.get(id).map(|root| root.family_key(salt))
    }

    /// Goes on with the keys that were read.
    pub fn replace(&self, opened: OpenedRootKeys) {
        *self.set.write() = Arc::new(Set::of(opened));
    }

    /// The keys were read, whether or not they had changed; the read began then.
    pub fn was_read(&self, begun: Instant) {
        *self.read_at.write() = begun;
    }

    /// Whether there is a key with this id. One that is not known here may have been announced by another node since the
    /// keys were read: then its tokens must not be taken for invalid, or clients would take their sessions for lost.
    ///
    /// # Errors
    /// [`NotRead`] if the keys have not been read for a while, or the row of this one is damaged.
    pub fn is_known(&self, id: RootKeyId) -> Result<bool, NotRead> {
        if self.get(id).is_some() {
            return Ok(true);
        }
        let is_fresh = self.read_at.read().elapsed() <= FRESH;
        if !is_fresh || self.set.read().unusable.contains(&id) {
            return Err(NotRead);
        }
        Ok(false)
    }
}

impl Set {
    fn of(opened: OpenedRootKeys) -> Self {
        Self { active: Arc::new(opened.active), others: opened.others, unusable: opened.unusable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn root(id: u8) -> RootKey {
        RootKey::new(RootKeyId(id), Secret::new([id; 32]))
    }

    fn other(id: u8, followed_at: Option<Timestamp>) -> OtherRootKey {
        OtherRootKey { key: Arc::new(root(id)), followed_at }
    }

    fn opened(active: u8, others: &[u8], unusable: &[u8]) -> OpenedRootKeys {
        OpenedRootKeys {
            active: root(active),
            others: others.iter().map(|id| other(*id, None)).collect(),
            unusable: unusable.iter().map(|id| RootKeyId(*id)).collect(),
        }
    }

    #[test]
    fn another_set_takes_over() {
        let keys = RootKeys::new(root(1), Vec::new());
        assert!(keys.get(RootKeyId(2)).is_none());
        keys.replace(opened(2, &[1, 3], &[]));
        assert_eq!(keys.active().id, RootKeyId(2));
        let ids: Vec<u8> = keys.all().map(|key| key.id.0).collect();
        assert_eq!(ids, [2, 1, 3]);
    }

    #[test]
    fn keys_that_were_followed_long_ago_are_not_among_the_recent_ones() {
        let at = Timestamp::from_unix_seconds;
        let others = vec![other(1, Some(at(100))), other(2, Some(at(200))), other(4, None)];
        let keys = RootKeys::new(root(3), others);
        let recent = |since| keys.active_since(at(since)).map(|key| key.id.0).collect::<Vec<_>>();
        assert_eq!(recent(100), [3, 1, 2, 4]);
        assert_eq!(recent(101), [3, 2, 4]);
        assert_eq!(recent(201), [3, 4]);
    }

    #[test]
    fn an_unknown_key_is_denied_only_by_those_who_would_know_it() {
        let keys = RootKeys::of(opened(1, &[2], &[3]));
        let now = Instant::now();
        keys.was_read(now + FRESH);
        let answers = [1, 2, 3, 4].map(|id| keys.is_known(RootKeyId(id)));
        assert_eq!(answers, [Ok(true), Ok(true), Err(NotRead), Ok(false)]);
        let Some(long_ago) = now.checked_sub(2 * FRESH) else { return };
        keys.was_read(long_ago);
        let answers = [1, 2, 3, 4].map(|id| keys.is_known(RootKeyId(id)));
        assert_eq!(answers, [Ok(true), Ok(true), Err(NotRead), Err(NotRead)]);
    }
}
