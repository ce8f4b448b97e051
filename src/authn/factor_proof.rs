//! A second factor as a proof.

use crate::crypto::password::HashError;
use crate::store::StoreError;

/// Why a second factor proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Wrong, spent, too old, for another flow, or there is no such factor: one answer.
    #[error("the second factor is not valid")]
    Wrong,
    /// The account has no such factor that could be challenged.
    #[error("the account has no such second factor")]
    NotEnrolled,
    /// Too many wrong ones, or too many messages.
    #[error("too many attempts; try again in {retry_after} seconds")]
    Limited { retry_after: u32 },
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("a second factor failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for FactorError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing a code"),
        }
    }
}
