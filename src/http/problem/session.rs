//! The errors of sessions and their tokens.

use super::{Code, Problem};
use crate::session::message::{RefreshError, RevokeError};
use crate::session::verifier::TokenError;
use crate::store::session::family_write::RevocationRefusal;

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::new(Code::RefreshTokenInvalid),
            RefreshError::Revoked(_) | RefreshError::Regressed => Self::new(Code::SessionRevoked),
            RefreshError::Expired => Self::new(Code::SessionExpired),
            RefreshError::CredentialsMoved | RefreshError::ReauthenticationSpent => {
                Self::new(Code::InvalidCredentials)
            }
            RefreshError::InFlight { retry_until } => Self {
                retry_after: Some(1),
                retry_until: Some(retry_until),
                ..Self::new(Code::RefreshInFlight)
            },
            RefreshError::Reused(_) | RefreshError::Unconfirmed => Self::new(Code::RefreshTokenReused),
            RefreshError::Busy => Self::new(Code::RateLimited),
            RefreshError::TooManyRetries { retry_after } | RefreshError::TooManyRefreshes { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            RefreshError::Overloaded => Self::new(Code::Overloaded),
            RefreshError::Unavailable => Self::new(Code::Unavailable),
        }
    }
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

/// The refresh token of the request belongs to another session than its access token.
pub(super) fn other_session() -> Problem {
    Problem::new(Code::InvalidRequest).detail("The refresh token belongs to another session.")
}
