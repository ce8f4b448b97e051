//! Data keys: they seal rows, and are themselves kept in the database, wrapped under the key-encryption key.
//!
//! A database that was made under a master key has no data keys until `kindred keys rekey --new-data-key`; until then the
//! master keys seal. A new data key is announced first: running servers learn it within a second and open what it seals.
//! It seals once it has been known for a minute.

mod job;
mod recovery;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

pub use self::recovery::DataKeyRecovery;
use super::encryption::{KeyEncryption, KeyEncryptionError, MAX_WRAPPED};
use crate::clock::Clock;
use crate::crypto::seal::{MasterKeyId, MasterKeys};
use crate::entropy::{Entropy, bytes};
use crate::model::data_key::DataKeyPurpose;
use crate::model::key_state::KeyState;
use crate::secret::Secret;
use crate::store::keys::data_key::{DataKeyOutcome, Rewrapped, StoredDataKey};
use crate::store::{Store, StoreError};

const KEY_LEN: usize = 32;
/// How long a data key is announced before it seals: many times what a node needs to read it.
const ANNOUNCED: Duration = Duration::from_secs(60);

/// Data keys cannot be opened, made or changed.
#[derive(Debug, Error)]
pub enum DataKeyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encryption(#[from] KeyEncryptionError),
    #[error(
        "the database was sealed under a master key and has no data keys yet: run `kindred keys rekey --new-data-key` and \
         `kindred keys reseal` with that master key first, and `kindred keys rekey --from` with the key service then"
    )]
    NotIntroduced,
    #[error("there is no active data key in the database, and no master key is configured")]
    NoActiveKey,
    #[error("another process has changed the data keys in the meantime: run the command again")]
    Overtaken,
    /// A key on standby must wait before anything else can be done.
    #[error("the data key {id} was announced a moment ago: running servers must learn it first")]
    NotRipe { id: String, left: Duration },
}

impl DataKeyError {
    /// Whether waiting for the key service can help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Encryption(error) if error.is_temporary())
    }
}

/// What opening and changing data keys takes.
#[derive(Clone)]
pub struct DataKeys {
    pub store: Arc<Store>,
    pub encryption: Arc<dyn KeyEncryption>,
    /// The master keys of the configuration. They seal as long as no data key does, and open what they have sealed.
    pub local: Option<Arc<MasterKeys>>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl DataKeys {
    /// The ring that opens and seals the rows of this database. With a key service, the first data keys of an empty
    /// database are made.
    ///
    /// # Errors
    /// [`DataKeyError`].
    pub async fn open(&self) -> Result<MasterKeys, DataKeyError> {
        let mut stored = self.store.data_keys().await?;
        if stored.is_empty() && self.local.is_none() {
            // Root keys are written after data keys. Where there are some, another node may have made both a moment ago.
            if self.store.root_keys().await?.is_empty() {
                self.make_first().await?;
            }
            stored = self.store.data_keys().await?;
            if stored.is_empty() {
                return Err(DataKeyError::NotIntroduced);
            }
        }
        self.ring(&stored).await
    }

    /// The ring as it is; absent if the first start has yet to make the keys.
    ///
    /// # Errors
    /// [`DataKeyError`].
    pub async fn inspect(&self) -> Result<Option<MasterKeys>, DataKeyError> {
        let stored = self.store.data_keys().await?;
        if stored.is_empty() && self.local.is_none() { Ok(None) } else { self.ring(&stored).await.map(Some) }
    }

    async fn ring(&self, stored: &[StoredDataKey]) -> Result<MasterKeys, DataKeyError> {
        ring_of(stored, self.encryption.as_ref(), self.local.as_deref()).await
    }

    /// The keys of an empty database. Of nodes that start together, one makes them and all read those.
    async fn make_first(&self) -> Result<(), DataKeyError> {
        let mut keys = Vec::new();
        for purpose in DataKeyPurpose::ALL {
            let material = Secret::new(bytes(self.entropy.as_ref()));
            keys.push(self.wrapped(purpose, KeyState::Active, &material).await?);
        }
        self.store.create_data_keys(&keys).await?;
        Ok(())
    }

    /// Announces a new key for sealing. The first time it also keeps the key of pseudonyms, so that they stay what they
    /// are when the master key changes. Gives the id.
    ///
    /// # Errors
    /// [`DataKeyError`]; then nothing has changed.
    pub async fn announce(&self) -> Result<String, DataKeyError> {
        let stored = self.store.data_keys().await?;
        if let Some(key) = standby(&stored) {
            return Err(self.not_ripe(key));
        }
        let material = Secret::new(bytes(self.entropy.as_ref()));
        let key = self.wrapped(DataKeyPurpose::Sealing, KeyState::Standby, &material).await?;
        let (id, mut keys) = (key.id.clone(), vec![key]);
        if !stored.iter().any(|key| key.purpose == Some(DataKeyPurpose::Pseudonyms)) {
            let local = self.local.as_ref().ok_or(DataKeyError::NoActiveKey)?;
            let material = local.pseudonym_key();
            keys.push(self.wrapped(DataKeyPurpose::Pseudonyms, KeyState::Active, &material).await?);
        }
        done(self.store.create_data_keys(&keys).await?)?;
        Ok(id)
    }

    /// Lets a key on standby seal, if there is one. Gives its id.
    ///
    /// # Errors
    /// [`DataKeyError::NotRipe`] while servers may not know it; in any case nothing has changed then.
    pub async fn activate(&self) -> Result<Option<String>, DataKeyError> {
        let stored = self.store.data_keys().await?;
        let Some(key) = standby(&stored) else { return Ok(None) };
        if !self.left(key).is_zero() {
            return Err(self.not_ripe(key));
        }
        // A key that cannot be opened must not seal: what was damaged on standby would cost everything afterwards.
        unwrapped(self.encryption.as_ref(), key).await?;
        done(self.store.activate_data_key(&key.id).await?)?;
        Ok(Some(key.id.clone()))
    }

    /// Wraps all data keys again. `from` is the key-encryption key that they are wrapped under now. No row is touched.
    /// Gives the number of keys.
    ///
    /// # Errors
    /// [`DataKeyError`]; then all keys are as they were.
    pub async fn rewrap(&self, from: &dyn KeyEncryption) -> Result<usize, DataKeyError> {
        let mut keys = Vec::new();
        for key in self.store.data_keys().await? {
            let material = match unwrapped(from, &key).await {
                Ok(material) => material,
                Err(KeyEncryptionError::Damaged) if key.state != Some(KeyState::Active) => {
                    tracing::error!(id = key.id, "a data key is damaged and is left as it is");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let id = MasterKeyId::from_hex(&key.id).ok_or(KeyEncryptionError::Damaged)?;
            let new = self.wrap(id, &material).await?;
            keys.push(Rewrapped { id: key.id, old: key.wrapped, new });
        }
        done(self.store.rewrap_data_keys(&keys).await?)?;
        Ok(keys.len())
    }

    async fn wrapped(
        &self,
        purpose: DataKeyPurpose,
        state: KeyState,
        material: &Secret<[u8; KEY_LEN]>,
    ) -> Result<StoredDataKey, DataKeyError> {
        let id = id_of(material);
        let wrapped = self.wrap(id, material).await?;
        Ok(StoredDataKey {
            id: id.to_string(),
            purpose: Some(purpose),
            state: Some(state),
            wrapped,
            created_at: self.clock.now(),
        })
    }

    /// Wraps a key. What cannot be unwrapped again must never take the place of what can.
    async fn wrap(
        &self,
        id: MasterKeyId,
        material: &Secret<[u8; KEY_LEN]>,
    ) -> Result<Vec<u8>, KeyEncryptionError> {
        let wrapped = self.encryption.wrap(id, material.expose()).await?;
        let again = self.encryption.unwrap(id, &wrapped).await?;
        if wrapped.len() > MAX_WRAPPED || again.as_slice() != material.expose() {
            return Err(KeyEncryptionError::Damaged);
        }
        Ok(wrapped)
    }

    fn left(&self, key: &StoredDataKey) -> Duration {
        key.created_at.plus(ANNOUNCED).since(self.clock.now())
    }

    fn not_ripe(&self, key: &StoredDataKey) -> DataKeyError {
        DataKeyError::NotRipe { id: key.id.clone(), left: self.left(key) }
    }
}

impl std::fmt::Debug for DataKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DataKeys").field("encryption", &self.encryption).finish_non_exhaustive()
    }
}

/// The ring of these rows. As long as no data key is active, the master keys seal.
async fn ring_of(
    stored: &[StoredDataKey],
    encryption: &dyn KeyEncryption,
    local: Option<&MasterKeys>,
) -> Result<MasterKeys, DataKeyError> {
    let (mut active, mut others, mut pseudonyms) = (None, Vec::new(), None);
    for key in stored {
        let Some(material) = usable(encryption, key).await? else { continue };
        match (key.purpose, key.state) {
            (Some(DataKeyPurpose::Sealing), Some(KeyState::Active)) => active = Some(material),
            (Some(DataKeyPurpose::Sealing), _) => others.push(material),
            (Some(DataKeyPurpose::Pseudonyms), Some(KeyState::Active)) => pseudonyms = Some(material),
            _ => {}
        }
    }
    let ring = match (&active, local) {
        (Some(key), _) => MasterKeys::new(key),
        (None, Some(local)) => local.clone(),
        (None, None) => return Err(DataKeyError::NoActiveKey),
    };
    let mut ring = ring.with_previous(&others).map_err(|_| KeyEncryptionError::Damaged)?;
    if let Some(local) = local {
        ring = ring.with_previous_ring(local);
    }
    Ok(match &pseudonyms {
        Some(key) => ring.with_pseudonym_key(key),
        None => ring,
    })
}

/// The key of a row, if it can be used. A row that is damaged costs its own key only, unless that is an active one.
async fn usable(
    encryption: &dyn KeyEncryption,
    key: &StoredDataKey,
) -> Result<Option<Secret<[u8; KEY_LEN]>>, DataKeyError> {
    if key.purpose.is_none() {
        return Ok(None);
    }
    match unwrapped(encryption, key).await {
        Ok(material) => Ok(Some(material)),
        Err(error) if error.is_temporary() || key.state == Some(KeyState::Active) => Err(error.into()),
        Err(error) => {
            tracing::error!(id = key.id, %error, "a data key cannot be used and is left out");
            Ok(None)
        }
    }
}

/// The key of a row. Its id is computed again, so that no row passes for another.
async fn unwrapped(
    encryption: &dyn KeyEncryption,
    key: &StoredDataKey,
) -> Result<Secret<[u8; KEY_LEN]>, KeyEncryptionError> {
    let id = MasterKeyId::from_hex(&key.id).ok_or(KeyEncryptionError::Damaged)?;
    let plain = encryption.unwrap(id, &key.wrapped).await?;
    let material = Secret::new(plain.as_slice().try_into().map_err(|_| KeyEncryptionError::Damaged)?);
    if id_of(&material) == id { Ok(material) } else { Err(KeyEncryptionError::Damaged) }
}

fn id_of(material: &Secret<[u8; KEY_LEN]>) -> MasterKeyId {
    MasterKeys::new(material).active_id()
}

fn standby(stored: &[StoredDataKey]) -> Option<&StoredDataKey> {
    stored
        .iter()
        .find(|key| key.purpose == Some(DataKeyPurpose::Sealing) && key.state == Some(KeyState::Standby))
}

const fn done(outcome: DataKeyOutcome) -> Result<(), DataKeyError> {
    match outcome {
        DataKeyOutcome::Done => Ok(()),
        DataKeyOutcome::Overtaken => Err(DataKeyError::Overtaken),
    }
}
