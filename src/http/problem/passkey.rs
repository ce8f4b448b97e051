//! The errors of passkeys.

use super::first_credential::link_invalid;
use super::store::internal;
use super::{Code, Problem, second_factor};
use crate::authn::{LoginError, PasskeyError, PasskeyLoginError};

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::CeremonyInvalid => Self::new(Code::ChallengeInvalid),
            PasskeyError::LinkInvalid => link_invalid(),
            PasskeyError::Malformed(_) => malformed(),
            PasskeyError::Refused(_) => Self::field(
                Code::ValidationFailed,
                "credential",
                "not_acceptable",
                "This credential does not match the options of the ceremony.",
            ),
            PasskeyError::Duplicate => {
                Self::new(Code::Conflict).detail("This passkey is already registered.")
            }
            PasskeyError::TooMany => Self::new(Code::Conflict).detail(error.to_string()),
            PasskeyError::InvalidName => Self::field(
                Code::ValidationFailed,
                "name",
                "invalid",
                "A name has 1 to 120 visible characters.",
            ),
            PasskeyError::Required => second_factor::last_one(),
            PasskeyError::NotFound => Self::new(Code::NotFound).detail("You have no such passkey."),
            PasskeyError::NoAccount => Self::new(Code::SessionRevoked),
            PasskeyError::Store(error) => error.into(),
            PasskeyError::Overloaded => Self::new(Code::Overloaded),
            PasskeyError::Internal(place) => internal(place),
        }
    }
}

impl From<PasskeyLoginError> for Problem {
    fn from(error: PasskeyLoginError) -> Self {
        match error {
            PasskeyLoginError::CeremonyInvalid => Self::new(Code::ChallengeInvalid),
            PasskeyLoginError::Malformed(_) => malformed(),
            PasskeyLoginError::Login(LoginError::InvalidCredentials) => {
                Self::new(Code::InvalidCredentials).detail("This passkey is not accepted.")
            }
            PasskeyLoginError::Login(error) => error.into(),
        }
    }
}

fn malformed() -> Problem {
    Problem::field(
        Code::ValidationFailed,
        "credential",
        "invalid",
        "This must be the result of navigator.credentials, as its toJSON() returns it.",
    )
}
