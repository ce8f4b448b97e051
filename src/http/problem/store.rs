//! The errors of the store, and internal errors.

use super::{Code, Problem};
use crate::store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_)
            | StoreError::Unfit(_)
            | StoreError::Contention(_)
            | StoreError::Locked(_) => {
                tracing::warn!(%error, "cannot reach the database");
                Self::new(Code::Unavailable)
            }
            StoreError::Unsealable => internal("sealing of a message"),
            StoreError::SessionEnded => Self::new(Code::SessionRevoked),
            StoreError::Duplicate | StoreError::Corrupt(_) | StoreError::Other(_) => {
                tracing::error!(%error, "a query failed");
                Self::new(Code::Internal)
            }
        }
    }
}

pub(super) fn internal(place: &str) -> Problem {
    tracing::error!(place, "a request failed because of an internal error");
    Problem::new(Code::Internal)
}
