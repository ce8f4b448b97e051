//! Looks at the keys in the database without changing anything.

use super::{KeyError, KeyStore};
use crate::crypto::signer::{Signer, TokenFormat};
use crate::model::key_state::KeyState;

impl KeyStore<'_> {
    /// Opens each root key and each signing key, and lets the active one sign. Unlike the start of a server, this makes no
    /// keys, seals none again, and passes over no damaged one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn inspect(&self, format: TokenFormat) -> Result<Signer, KeyError> {
        let mut has_active = false;
        for key in self.store.root_keys().await? {
            self.open_root_key(&key)?;
            has_active |= key.state == Some(KeyState::Active);
        }
        if !has_active {
            return Err(KeyError::NoRootKey);
        }
        let opened = self.open_signing_keys(&self.store.signing_keys().await?)?;
        if let Some(damaged) = opened.damaged.first() {
            return Err(KeyError::NotAuthentic(damaged.kid.clone()));
        }
        let signer = Signer::new(&opened.into_signing(), format)?;
        signer.check()?;
        Ok(signer)
    }
}
