//! The errors of registration and of the verification of addresses.

use super::fields::{invalid_email, link_does_not_work, new_password};
use super::{Code, Problem};
use crate::authn::{LinkRequestError, RegisterError, VerifyEmailError};

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let forbidden = |detail: &str| Self::new(Code::Forbidden).detail(detail);
        let invalid = |field, detail: &str| Self::field(Code::ValidationFailed, field, "invalid", detail);
        match error {
            RegisterError::Closed => forbidden("Registration is closed."),
            RegisterError::InvitationRequired => forbidden("Registration requires an invitation."),
            RegisterError::InvitationInvalid => {
                forbidden("The invitation is not valid, or not for this address.")
            }
            RegisterError::InvalidEmail => invalid_email("email"),
            RegisterError::InvalidLocale => {
                invalid("locale", "This is not a language tag such as de or pt-BR.")
            }
            RegisterError::TermsNotAccepted => Self::field(
                Code::ValidationFailed,
                "accepted_terms",
                "must_accept",
                "The current version of the terms must be accepted.",
            ),
            RegisterError::InvalidTerms => {
                invalid("accepted_terms", "A version is a plain text of at most 64 characters.")
            }
            RegisterError::Password(error) => new_password(error, "password"),
            RegisterError::EmailTaken => Self::new(Code::EmailTaken),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<LinkRequestError> for Problem {
    fn from(error: LinkRequestError) -> Self {
        match error {
            LinkRequestError::InvalidEmail => invalid_email("email"),
            LinkRequestError::Overloaded => Self::new(Code::Overloaded),
            LinkRequestError::Store(error) => error.into(),
        }
    }
}

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::TokenInvalid => link_does_not_work(),
            VerifyEmailError::CredentialMissing => Self::field(
                Code::ValidationFailed,
                "password",
                "missing",
                "The password or the secret of the registration is required.",
            ),
            VerifyEmailError::InvalidCredentials => {
                Self::new(Code::InvalidCredentials).detail("The password or the secret is wrong.")
            }
            VerifyEmailError::Delayed { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            VerifyEmailError::Password(error) => new_password(error, "new_password"),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}
