//! Looks at the keys in the database without changing anything.

use super::signing::check;
use super::{KeyError, KeyStore, SealError};
use crate::crypto::signer::Signer;

impl KeyStore<'_> {
    /// Opens each root key and the active signing key, and lets the latter sign. Unlike the start of a server, this
    /// makes no keys, and seals none again.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn inspect(&self) -> Result<Signer, KeyError> {
        let mut has_active = false;
        for key in self.store.root_keys().await? {
            self.open_root_key(&key)?;
            has_active |= key.active;
        }
        if !has_active {
            return Err(KeyError::NoRootKey);
        }
        let stored = self.store.signing_keys().await?;
        // Rows of earlier versions have no tag; the start of a server checks and tags them.
        for key in stored.iter().filter(|key| key.mac.is_some()) {
            check(self.master, key).map_err(|error| match error {
                SealError::UnknownKey(id) => KeyError::OtherMasterKey(id),
                SealError::Damaged | SealError::TooLong => KeyError::NotAuthentic(key.kid.clone()),
            })?;
        }
        let signer = self.read_signer(&stored)?;
        signer.check()?;
        Ok(signer)
    }
}
