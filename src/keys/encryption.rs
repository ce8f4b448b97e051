//! The port to the key-encryption key: the one key that never seals a row and only wraps data keys (NIST SP 800-57
//! Part 1 §5.3.5). It stands in the configuration, in a hardware module, or at a key service.
//!
//! A data key is wrapped once, when it is made or when the key-encryption key changes, and unwrapped once at the start of
//! each process. No login and no refresh waits for either call.

pub mod aws_kms;
pub mod local;
pub mod pkcs11;
pub mod transit;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::crypto::seal::MasterKeyId;

/// The longest wrapped data key that is stored, in bytes. RSA-OAEP under a key of 4,096 bits takes 512; the text of a
/// key service takes less.
pub const MAX_WRAPPED: usize = 4096;

/// Names the data key that is wrapped. It is authenticated along with it, so that one wrapped key cannot be passed off
/// as another.
pub type DataKeyId = MasterKeyId;

/// Wraps and unwraps data keys. An implementation belongs to one key-encryption key. It may know previous ones, which
/// only unwrap.
#[async_trait]
pub trait KeyEncryption: Send + Sync + std::fmt::Debug {
    /// Encrypts a data key of 32 bytes so that only [`KeyEncryption::unwrap`] with the same id gives it back. `id` is
    /// associated data where the algorithm has any (AES-GCM, the encryption context of AWS KMS); where it has none, the
    /// caller finds a confusion out, because the id is computed from the key.
    ///
    /// The result is at most [`MAX_WRAPPED`] bytes long. It is called again with the same key whenever data keys are
    /// wrapped again, and need not give the same bytes.
    ///
    /// # Errors
    /// [`KeyEncryptionError`]; then nothing was changed anywhere.
    async fn wrap(&self, id: DataKeyId, key: &[u8]) -> Result<Vec<u8>, KeyEncryptionError>;

    /// The data key that was wrapped for this id.
    ///
    /// # Errors
    /// [`KeyEncryptionError::Unavailable`] if it may succeed later, and everything else if it will not.
    async fn unwrap(&self, id: DataKeyId, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyEncryptionError>;
}

/// Why a data key cannot be wrapped or unwrapped. None of the texts contains a key, a token or a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyEncryptionError {
    /// The service or the device does not answer, or asks to be left alone for a moment. The start of a server waits and
    /// asks again.
    #[error("the key service is not available: {0}")]
    Unavailable(String),
    /// It answers, and refuses: the credentials are wrong, the key is unknown, disabled or not allowed for this use. The
    /// start of a server waits for this too, because an operator can cure it at the service without a restart.
    #[error("the key service refuses the key: {0}")]
    Refused(String),
    /// It is wrapped under a key-encryption key that is not configured here. Waiting does not help.
    #[error("{0}")]
    UnknownKey(String),
    /// The wrapped key was changed, or was wrapped under another key-encryption key or for another id.
    #[error("a wrapped data key is damaged, or was wrapped under another key")]
    Damaged,
}

impl KeyEncryptionError {
    /// Whether asking again can help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Refused(_))
    }
}
