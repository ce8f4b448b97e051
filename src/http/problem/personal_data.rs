//! The errors of personal data: export and erasure.

use super::{Code, Problem};
use crate::account::erasure::ErasureError;
use crate::account::export::ExportError;

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Gone => Self::new(Code::SessionRevoked),
            ExportError::Store(error) => error.into(),
        }
    }
}

impl From<ErasureError> for Problem {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::LastAdmin => {
                Self::new(Code::Conflict).detail("This is the last administrator; appoint another one first.")
            }
            ErasureError::Gone => Self::new(Code::SessionRevoked),
            ErasureError::Store(error) => error.into(),
        }
    }
}
