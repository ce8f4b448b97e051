//! Errors of the layers below, as problems.

use super::{Code, Problem};
use crate::authn::{LoginError, StepUpError};
use crate::model::assurance::Aal;
use crate::session::message::RefreshError;
use crate::session::verifier::TokenError;
use crate::store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contention(_) => {
                tracing::warn!(%error, "a request could not reach the database");
                Self::new(Code::Unavailable)
            }
            StoreError::Duplicate | StoreError::Corrupt(_) | StoreError::Other(_) => {
                tracing::error!(%error, "a request failed in the database");
                Self::new(Code::Internal)
            }
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        Self::new(match error {
            RefreshError::Forged => Code::RefreshTokenInvalid,
            RefreshError::Revoked(_) | RefreshError::Regressed => Code::SessionRevoked,
            RefreshError::Expired => Code::SessionExpired,
            RefreshError::CredentialsMoved => Code::InvalidCredentials,
            RefreshError::InFlight => Code::RefreshInFlight,
            RefreshError::Replayed(_) => Code::RefreshTokenReused,
            RefreshError::Busy => Code::RateLimited,
            RefreshError::Overloaded => Code::Overloaded,
            RefreshError::Unavailable => Code::Unavailable,
        })
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::new(match error {
            TokenError::Invalid => Code::TokenInvalid,
            TokenError::Expired => Code::TokenExpired,
            TokenError::Revoked => Code::SessionRevoked,
            TokenError::Unavailable => Code::Unavailable,
        })
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            LoginError::Delayed { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            LoginError::NotActive => Self::new(Code::AccountNotActive),
            LoginError::NotVerified => Self::new(Code::EmailNotVerified),
            LoginError::ResetPending { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::MfaResetPending) }
            }
            LoginError::Overloaded => Self::new(Code::Overloaded),
            LoginError::Store(error) => error.into(),
            LoginError::Internal(place) => internal(place),
        }
    }
}

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::InvalidCredentials => {
                Self::new(Code::InvalidCredentials).detail("The password is wrong.")
            }
            StepUpError::SecondFactorRequired { methods } => {
                Self::step_up_required(Aal::Two.acr(), 0, &methods)
                    .detail("This account steps up by its second factor.")
            }
            StepUpError::Factor(error) => error.into(),
            StepUpError::Overloaded => Self::new(Code::Overloaded),
            // The row is gone: there is no token in play that could be forged.
            StepUpError::Session(RefreshError::Forged) | StepUpError::NoAccount => {
                Self::new(Code::SessionRevoked)
            }
            StepUpError::Session(error) => error.into(),
            StepUpError::Store(error) => error.into(),
            StepUpError::Internal(place) => internal(place),
        }
    }
}

pub(super) fn internal(place: &str) -> Problem {
    tracing::error!(place, "a request failed inside");
    Problem::new(Code::Internal)
}
