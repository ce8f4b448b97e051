//! The root keys in memory: one active, the others still recognised.

use crate::model::family_key::{FamilyKey, RootKey, RootKeyId};

/// Never empty: it is built around its active key.
#[derive(Debug)]
pub struct RootKeys {
    active: RootKey,
    others: Vec<RootKey>,
}

impl RootKeys {
    pub const fn new(active: RootKey, others: Vec<RootKey>) -> Self {
        Self { active, others }
    }

    /// The key for new families and rotations.
    pub const fn active(&self) -> &RootKey {
        &self.active
    }

    /// All known keys, the active one first.
    pub fn all(&self) -> impl Iterator<Item = &RootKey> {
        std::iter::once(&self.active).chain(&self.others)
    }

    pub fn get(&self, id: RootKeyId) -> Option<&RootKey> {
        self.all().find(|key| key.id == id)
    }

    pub fn family_key(&self, id: RootKeyId, salt: &[u8; 16]) -> Option<FamilyKey> {
        self.get(id).map(|root| root.family_key(salt))
    }
}
