//! The errors of registration, links, passwords and addresses.

use super::convert::{internal, other_session};
use super::{Code, Problem};
use crate::authn::{
    ChangeError, ConfirmEmailError, EmailChangeError, LinkRequestError, NewPasswordError, RegisterError,
    ResetError, VerifyEmailError,
};
use crate::model::assurance::Aal;

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
            RegisterError::Internal(place) => internal(place),
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
            VerifyEmailError::Internal(place) => internal(place),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}

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
            ResetError::Internal(place) => internal(place),
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
            ChangeError::Internal(place) => internal(place),
        }
    }
}

impl From<EmailChangeError> for Problem {
    fn from(error: EmailChangeError) -> Self {
        match error {
            EmailChangeError::Request(LinkRequestError::InvalidEmail) => invalid_email("new_email"),
            EmailChangeError::Request(error) => error.into(),
            EmailChangeError::Unchanged => Self::field(
                Code::ValidationFailed,
                "new_email",
                "unchanged",
                "This is already the address of the account.",
            ),
            EmailChangeError::NoAccount => Self::new(Code::SessionRevoked),
            EmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmEmailError> for Problem {
    fn from(error: ConfirmEmailError) -> Self {
        match error {
            ConfirmEmailError::TokenInvalid => link_does_not_work(),
            ConfirmEmailError::Taken => {
                Self::new(Code::Conflict).detail("Another account has got this address in the meantime.")
            }
            ConfirmEmailError::Store(error) => error.into(),
            ConfirmEmailError::Internal(place) => internal(place),
        }
    }
}

/// The same answer for a token that is unknown, for another purpose, void, expired or was used before.
fn link_does_not_work() -> Problem {
    Problem::new(Code::TokenInvalid)
        .detail("This link is not valid: it is wrong, has expired, or was used before.")
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

fn invalid_email(field: &str) -> Problem {
    Problem::field(Code::ValidationFailed, field, "invalid_email", "This is not an e-mail address.")
}

fn new_password(error: NewPasswordError, field: &str) -> Problem {
    match error {
        NewPasswordError::Weak(weakness) => {
            Problem::field(Code::WeakPassword, field, weakness.code(), weakness.detail())
        }
        NewPasswordError::Unchanged => {
            Problem::field(Code::WeakPassword, field, "unchanged", "This is the current password.")
        }
        NewPasswordError::Overloaded => Problem::new(Code::Overloaded),
        NewPasswordError::Internal(place) => internal(place),
    }
}
