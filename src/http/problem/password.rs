//! The errors of changes and resets of passwords.

use super::fields::{link_does_not_work, new_password};
use super::session::other_session;
use super::{Code, Problem};
use crate::authn::{ChangeError, ResetError};
use crate::model::assurance::Aal;

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::TokenInvalid => link_does_not_work(),
            ResetError::NoSecondFactor => {
                Self::field(Code::ValidationFailed, "mfa", "no_factor", "This account has no second factor.")
            }
            ResetError::SecondFactorRequired { methods } => reset_by_factor(&methods),
            ResetError::Factor(error) => error.into(),
            ResetError::Password(error) => new_password(error, "new_password"),
            ResetError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::InvalidCredentials => {
                Self::new(Code::InvalidCredentials).detail("The current password is wrong.")
            }
            ChangeError::Limited { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            ChangeError::NoAccount => Self::new(Code::SessionRevoked),
            ChangeError::OtherSession => other_session(),
            ChangeError::Session(error) => error.into(),
            ChangeError::Password(error) => new_password(error, "new_password"),
            ChangeError::Store(error) => error.into(),
        }
    }
}

fn reset_by_factor(methods: &[&'static str]) -> Problem {
    let detail = if methods.is_empty() {
        "A reset requires a second factor other than a passkey. Log in with the passkey, generate backup codes, and \
         reset the password with one of them."
    } else {
        "The password of this account can only be reset with a second factor, in the member mfa."
    };
    Problem::step_up_required(Aal::Two.acr(), 0, methods).detail(detail)
}
