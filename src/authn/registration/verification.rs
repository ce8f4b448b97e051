//! What verifies an address beside the link, and why an address is not verified.

use crate::authn::new_password::NewPasswordError;
use crate::authn::password::verification::PasswordVerificationError;
use crate::secret::Secret;
use crate::store::StoreError;

/// What shows, beside the link, that its holder is the person who registered.
#[derive(Debug)]
pub enum EmailCredential {
    Password(Secret<String>),
    /// The secret that the client got with the answer to its registration.
    RegistrationSecret(Secret<String>),
}

/// Why an address is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    #[error("the link does not work")]
    TokenInvalid,
    /// The link alone is not enough.
    #[error("the password or the secret of the registration is missing")]
    CredentialMissing,
    #[error("the password or the secret is wrong")]
    InvalidCredentials,
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordVerificationError> for VerifyEmailError {
    fn from(error: PasswordVerificationError) -> Self {
        match error {
            PasswordVerificationError::Delayed { retry_after } => Self::Delayed { retry_after },
            PasswordVerificationError::Hash(error) => Self::Password(error.into()),
            PasswordVerificationError::Store(error) => Self::Store(error),
        }
    }
}

impl From<OwnPasswordError> for VerifyEmailError {
    fn from(error: OwnPasswordError) -> Self {
        match error {
            OwnPasswordError::Password(error) => Self::Password(error),
            OwnPasswordError::Store(error) => Self::Store(error),
        }
    }
}

/// Why a password that the owner of the mailbox sets does not create an account.
#[derive(Debug, thiserror::Error)]
pub(in crate::authn) enum OwnPasswordError {
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
