//! Errors of second factors.

use super::convert::internal;
use super::{Code, Problem};
use crate::authn::FactorError;

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Wrong => Self::new(Code::MfaCodeInvalid),
            FactorError::NotEnrolled => Self::field(
                Code::ValidationFailed,
                "method",
                "no_factor",
                "This account has no second factor of this kind.",
            ),
            FactorError::Limited { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            FactorError::Overloaded => Self::new(Code::Overloaded),
            FactorError::Internal(place) => internal(place),
            FactorError::Store(error) => error.into(),
        }
    }
}
