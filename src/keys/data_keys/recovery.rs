//! The data keys of a database whose key-encryption key is lost: those that still open stay, and new ones take the place of
//! the others.

use super::{DataKeyError, DataKeys, done, unwrapped};
use crate::crypto::seal::MasterKeys;
use crate::entropy::bytes;
use crate::model::data_key::DataKeyPurpose;
use crate::model::key_state::KeyState;
use crate::secret::Secret;
use crate::store::keys::data_key::StoredDataKey;

/// What is left of the data keys, and what takes the place of the others. Nothing of it is written yet.
#[derive(Debug)]
pub struct DataKeyRecovery {
    /// Opens what can still be opened. Where the active data key is lost, the new one seals.
    pub ring: MasterKeys,
    /// The ids of the keys that cannot be unwrapped.
    pub lost: Vec<String>,
    /// Whether one of them is in use, so that no server can start.
    pub is_active_lost: bool,
    new: Vec<StoredDataKey>,
}

impl DataKeys {
    /// Tries each data key, and makes new ones for those in use that cannot be unwrapped. Writes nothing.
    ///
    /// # Errors
    /// [`DataKeyError`], also while the key service does not answer: that is no loss.
    pub async fn recovery(&self) -> Result<DataKeyRecovery, DataKeyError> {
        let (kept, lost) = self.sorted().await?;
        let mut new = Vec::new();
        for purpose in DataKeyPurpose::ALL {
            let is_in_use = |key: &StoredDataKey| key.purpose == Some(purpose) && is_active(key);
            // Without a master key there must be a data key, also where there never was one.
            if lost.iter().any(is_in_use) || (self.local.is_none() && !kept.iter().any(is_in_use)) {
                let material = Secret::new(bytes(self.entropy.as_ref()));
                new.push(self.wrapped(purpose, KeyState::Active, &material).await?);
            }
        }
        let rows: Vec<StoredDataKey> = kept.iter().chain(&new).cloned().collect();
        Ok(DataKeyRecovery {
            ring: self.ring(&rows).await?,
            is_active_lost: lost.iter().any(is_active),
            lost: lost.into_iter().map(|key| key.id).collect(),
            new,
        })
    }

    /// Removes the keys that are lost, and writes those that were made.
    ///
    /// # Errors
    /// [`DataKeyError`]; then nothing has changed.
    pub async fn recover(&self, recovery: &DataKeyRecovery) -> Result<(), DataKeyError> {
        if recovery.lost.is_empty() && recovery.new.is_empty() {
            return Ok(());
        }
        done(self.store.replace_data_keys(&recovery.lost, &recovery.new).await?)
    }

    /// The keys that can be unwrapped, and the others.
    async fn sorted(&self) -> Result<(Vec<StoredDataKey>, Vec<StoredDataKey>), DataKeyError> {
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for key in self.store.data_keys().await? {
            match unwrapped(self.encryption.as_ref(), &key).await {
                Ok(_) => kept.push(key),
                Err(error) if error.is_temporary() => return Err(error.into()),
                Err(_) => lost.push(key),
            }
        }
        Ok((kept, lost))
    }
}

fn is_active(key: &StoredDataKey) -> bool {
    key.state == Some(KeyState::Active)
}
