//! The local master key as key-encryption key: it stands in the configuration or, in development, in the data folder.

use std::sync::Arc;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{DataKeyId, KeyEncryption, KeyEncryptionError};
use crate::crypto::seal::{MasterKeys, SealError};
use crate::entropy::Entropy;

/// Wraps data keys under the active master key, and unwraps them under previous ones too.
pub struct LocalKey {
    master: Arc<MasterKeys>,
    entropy: Arc<dyn Entropy>,
}

impl LocalKey {
    /// From the master keys of the configuration.
    pub const fn new(master: Arc<MasterKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { master, entropy }
    }
}

#[async_trait]
impl KeyEncryption for LocalKey {
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError> {
        let sealed = self.master.seal(self.entropy.as_ref(), &place(id), key);
        sealed.map_err(|_| KeyEncryptionError::Damaged)
    }

    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError> {
        self.master.open(&place(id), wrapped).map_err(|error| match error {
            SealError::UnknownKey(master) => KeyEncryptionError::UnknownKey(format!(
                "the data key {id} is wrapped under another key than the master keys of this configuration (id {master})"
            )),
            SealError::Damaged | SealError::TooLong => KeyEncryptionError::Damaged,
        })
    }
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LocalKey").field("master", &self.master).finish_non_exhaustive()
    }
}

/// What the seal of a wrapped key is bound to.
fn place(id: DataKeyId) -> String {
    format!("data_keys/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;
    use crate::secret::Secret;

    fn key(byte: u8) -> Secret<[u8; 32]> {
        Secret::new([byte; 32])
    }

    fn local(active: u8, previous: &[u8]) -> LocalKey {
        let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
        let master = MasterKeys::new(&key(active)).with_previous(&previous).unwrap();
        LocalKey::new(Arc::new(master), Arc::new(OsEntropy))
    }

    #[tokio::test]
    async fn a_wrapped_key_opens_for_its_id_and_under_a_known_key_only() {
        let (id, other) = (MasterKeys::new(&key(9)).active_id(), MasterKeys::new(&key(8)).active_id());
        let wrapped = local(1, &[]).wrap(id, &[9; 32]).await.unwrap();
        assert!(!wrapped.windows(32).any(|window| window == [9; 32]));
        assert_eq!(local(2, &[1]).unwrap(id, &wrapped).await.unwrap().as_slice(), [9; 32]);
        assert_eq!(local(1, &[]).unwrap(other, &wrapped).await, Err(KeyEncryptionError::Damaged));
        let unknown = local(2, &[]).unwrap(id, &wrapped).await.unwrap_err();
        assert!(!unknown.is_temporary() && unknown.to_string().contains("e2176807"), "{unknown}");
    }
}
