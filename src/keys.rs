//! Opens the keys in the database, and makes them at the very first start. Nodes that start together
//! agree: each tries to write its own, the database keeps one, and all read that.

mod authenticity;
mod completion;
pub mod data_keys;
pub mod encryption;
mod inspection;
pub mod reinitialisation;
pub mod resealing;
mod root_authenticity;
pub mod root_keys;
pub mod root_retirement;
pub mod root_rotation;
pub mod rotation;
mod signing;

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::{MasterKeyId, MasterKeys, SealError};
use crate::crypto::signer::BadKey;
use crate::entropy::{Entropy, bytes};
use crate::keys::root_keys::{OpenedRootKeys, OtherRootKey, RootKeys};
use crate::model::family_key::{ROOT_KEY_LEN, RootKey, RootKeyId};
use crate::model::key_state::KeyState;
use crate::model::sealed_row::SealedRow;
use crate::secret::Secret;
use crate::store::keys::root_key::StoredRootKey;
use crate::store::keys::sealed_value::{Replacement, SealedValue};
use crate::store::{Store, StoreError};

const FIRST_ROOT_KEY: u8 = 1;
/// For those who read root keys only.
static NO_KIDS: BTreeSet<String> = BTreeSet::new();

/// The keys cannot be used, so the server must not start.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the keys in the database were sealed with another master key (secrets.master_key): its id is {0}"
    )]
    OtherMasterKey(MasterKeyId),
    #[error("a key in the database is damaged: {0}")]
    Bad(#[from] BadKey),
    #[error("a key in the database is damaged, or was not written by this service: signing key {0}")]
    NotAuthentic(String),
    #[error("a key in the database is damaged, or was not written by this service: root key {0}")]
    RootNotAuthentic(u8),
    #[error("there is no active root key in the database")]
    NoRootKey,
    #[error("there have been as many root keys as there can be")]
    NoRootKeyId,
}

/// What opening and making keys takes.
pub struct KeyStore<'a> {
    pub store: &'a Store,
    pub master: &'a MasterKeys,
    pub entropy: &'a dyn Entropy,
    pub clock: &'a dyn Clock,
    /// `secrets.revoked_kids`
    pub revoked_kids: &'a BTreeSet<String>,
}

impl KeyStore<'_> {
    /// The root keys.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn root_keys(&self) -> Result<RootKeys, KeyError> {
        let mut stored = self.store.root_keys().await?;
        if stored.is_empty() {
            let material: Secret<[u8; ROOT_KEY_LEN]> = Secret::new(bytes(self.entropy));
            let row = SealedRow::RootKey(FIRST_ROOT_KEY.into()).to_string();
            let first = StoredRootKey {
                id: FIRST_ROOT_KEY,
                state: KeyState::Active.into(),
                sealed: self.master.seal(self.entropy, &row, material.expose())?,
                created_at: self.clock.now(),
                kept_until: None,
                mac: None,
            };
            self.store.create_root_key(&root_authenticity::authenticated(self.master, first)).await?;
            stored = self.store.root_keys().await?;
        }
        let opened = self.open_root_keys(&stored)?;
        for key in stored.iter().filter(|key| !opened.unusable.contains(&RootKeyId(key.id))) {
            self.renew_root_mac(key).await?;
            self.reseal(SealedRow::RootKey(key.id.into()), &key.sealed).await;
        }
        Ok(RootKeys::of(opened))
    }

    /// Opens what can be used. A row that is damaged costs the sessions under its own key only: they are answered with
    /// 503, so that they go on once it is repaired.
    ///
    /// # Errors
    /// [`KeyError`] if it is that of the active key.
    fn open_root_keys(&self, stored: &[StoredRootKey]) -> Result<OpenedRootKeys, KeyError> {
        let is_from_before = root_keys_are_from_before(stored);
        let (mut active, mut others, mut unusable) = (None, Vec::new(), Vec::new());
        for key in stored {
            let is_active = key.state.known() == Some(KeyState::Active);
            match self.open_root_key(key, is_from_before) {
                Ok(opened) if is_active => active = Some(opened),
                Ok(opened) => {
                    let followed_at = followed_at(stored, key);
                    others.push(OtherRootKey { key: Arc::new(opened), followed_at });
                }
                Err(error) if is_active => return Err(error),
                Err(error) => {
                    tracing::error!(id = key.id, %error, "a root key cannot be used");
                    unusable.push(RootKeyId(key.id));
                }
            }
        }
        Ok(OpenedRootKeys { active: active.ok_or(KeyError::NoRootKey)?, others, unusable })
    }

    fn open_root_key(&self, key: &StoredRootKey, is_from_before: bool) -> Result<RootKey, KeyError> {
        if !is_from_before {
            root_authenticity::check(self.master, key).map_err(|error| match error {
                SealError::UnknownKey(id) => KeyError::OtherMasterKey(id),
                SealError::Damaged | SealError::TooLong => KeyError::RootNotAuthentic(key.id),
            })?;
        }
        let opened = self.master.open(&SealedRow::RootKey(key.id.into()).to_string(), &key.sealed)?;
        let material = opened.as_slice().try_into().map_err(|_| BadKey)?;
        Ok(RootKey::new(RootKeyId(key.id), Secret::new(material)))
    }

    /// The row of an earlier version gets its MAC, and one under a previous master key another. It was opened before.
    async fn renew_root_mac(&self, key: &StoredRootKey) -> Result<(), KeyError> {
        let Some(renewal) = root_authenticity::renewal(self.master, key) else { return Ok(()) };
        let is_from_before = renewal.old.is_none();
        // If another node was faster, its MAC is the same.
        if self.store.authenticate_root_keys(&[renewal]).await? > 0 {
            tracing::info!(id = key.id, is_from_before, "a root key got its tag under the active master key");
        }
        Ok(())
    }

    /// Seals a key again that is not under the active master key. The server works without that, so a failure does not
    /// stop it: the next start tries again.
    async fn reseal(&self, row: SealedRow, sealed: &[u8]) {
        let name = row.to_string();
        let new = match self.master.reseal(self.entropy, &name, sealed) {
            Ok(None) => return,
            Ok(Some(new)) => new,
            Err(error) => return tracing::warn!(row = name, %error, "cannot seal a key again"),
        };
        let replacement = Replacement { old: SealedValue { row, sealed: sealed.to_vec() }, new };
        match self.store.replace_sealed(&[replacement]).await {
            Ok(1) => tracing::info!(row = name, "sealed a key again under the active master key"),
            // Another node was faster.
            Ok(_) => {}
            Err(error) => tracing::warn!(row = name, %error, "cannot seal a key again"),
        }
    }
}

/// Rows of versions that wrote no MACs get theirs, but only where there is none at all: beside one that has a MAC, a row
/// without is not from here.
fn root_keys_are_from_before(stored: &[StoredRootKey]) -> bool {
    stored.iter().all(|key| key.mac.is_none())
}

impl From<SealError> for KeyError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::UnknownKey(id) => Self::OtherMasterKey(id),
            SealError::Damaged | SealError::TooLong => Self::Bad(BadKey),
        }
    }
}

/// When the key was made that follows this one. Ids ascend and are never used again.
fn followed_at(stored: &[StoredRootKey], key: &StoredRootKey) -> Option<Timestamp> {
    stored.iter().filter(|other| other.id > key.id).map(|other| other.created_at).min()
}
