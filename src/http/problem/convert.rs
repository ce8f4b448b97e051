//! The errors of the store, of sessions, of logins and of step-ups.

use super::{Code, Problem};
use crate::authn::{LoginError, StepUpError};
use crate::model::assurance::Aal;
use crate::session::message::{RefreshError, RevokeError};
use crate::session::verifier::TokenError;
use crate::store::StoreError;
use crate::store::session::family_write::RevocationRefusal;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contention(_) | StoreError::Locked(_) => {
                tracing::warn!(%error, "cannot reach the database");
                Self::new(Code::Unavailable)
            }
            StoreError::SessionEnded => Self::new(Code::SessionRevoked),
            StoreError::Duplicate | StoreError::Corrupt(_) | StoreError::Other(_) => {
                tracing::error!(%error, "a query failed");
                Self::new(Code::Internal)
            }
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::new(Code::RefreshTokenInvalid),
            RefreshError::Revoked(_) | RefreshError::Regressed => Self::new(Code::SessionRevoked),
            RefreshError::Expired => Self::new(Code::SessionExpired),
            RefreshError::CredentialsMoved | RefreshError::ProofSpent => Self::new(Code::InvalidCredentials),
            RefreshError::InFlight { retry_until } => Self {
                retry_after: Some(1),
                retry_until: Some(retry_until),
                ..Self::new(Code::RefreshInFlight)
            },
            RefreshError::Reused(_) | RefreshError::Unconfirmed => Self::new(Code::RefreshTokenReused),
            RefreshError::Busy => Self::new(Code::RateLimited),
            RefreshError::TooManyRetries { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            RefreshError::Overloaded => Self::new(Code::Overloaded),
            RefreshError::Unavailable => Self::new(Code::Unavailable),
        }
    }
}

/// The refresh token of the request belongs to another session than its access token.
pub(super) fn other_session() -> Problem {
    Problem::new(Code::InvalidRequest).detail("The refresh token belongs to another session.")
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::Refused(RevocationRefusal::UnknownAccount) => Self::new(Code::NotFound),
            RevokeError::Refused(RevocationRefusal::ActingSessionRevoked) => Self::new(Code::SessionRevoked),
            RevokeError::Refused(RevocationRefusal::Denied(denial)) => denial.into(),
            RevokeError::Session(error) => error.into(),
        }
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
                    .detail("This account steps up with its second factor.")
            }
            StepUpError::Factor(error) => error.into(),
            StepUpError::Overloaded => Self::new(Code::Overloaded),
            StepUpError::NoAccount => Self::new(Code::SessionRevoked),
            StepUpError::OtherSession => other_session(),
            StepUpError::Session(error) => error.into(),
            StepUpError::Store(error) => error.into(),
            StepUpError::Internal(place) => internal(place),
        }
    }
}

pub(super) fn internal(place: &str) -> Problem {
    tracing::error!(place, "a request failed because of an internal error");
    Problem::new(Code::Internal)
}
