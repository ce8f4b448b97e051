//! Opens the keys in the database, and makes them at the very first start. Nodes that start together
//! agree: each tries to write its own, the database keeps one, and all read that.

mod authenticity;
mod completion;
mod inspection;
pub mod resealing;
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
            let sealed = self.master.seal(self.entropy, &row, material.expose())?;
            self.store.create_root_key(FIRST_ROOT_KEY, &sealed, self.clock.now()).await?;
            stored = self.store.root_keys().await?;
        }
        let opened = self.open_root_keys(&stored)?;
        for key in stored.iter().filter(|key| !opened.unusable.contains(&RootKeyId(key.id))) {
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
        let (mut active, mut others, mut unusable) = (None, Vec::new(), Vec::new());
        for key in stored {
            let is_active = key.state == Some(KeyState::Active);
            match self.open_root_key(key) {
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

    fn open_root_key(&self, key: &StoredRootKey) -> Result<RootKey, KeyError> {
        let opened = self.master.open(&SealedRow::RootKey(key.id.into()).to_string(), &key.sealed)?;
        let material = opened.as_slice().try_into().map_err(|_| BadKey)?;
        Ok(RootKey::new(RootKeyId(key.id), Secret::new(material)))
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
