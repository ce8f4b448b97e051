//! The errors of changes of an address, and of the links in warnings.

use super::fields::{invalid_email, link_does_not_work};
use super::{Code, Problem};
use crate::authn::{ConfirmEmailError, EmailChangeError, LinkActionError, LinkRequestError};

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
        }
    }
}

impl From<LinkActionError> for Problem {
    fn from(error: LinkActionError) -> Self {
        match error {
            LinkActionError::TokenInvalid => link_does_not_work(),
            LinkActionError::Taken => ConfirmEmailError::Taken.into(),
            LinkActionError::Store(error) => error.into(),
        }
    }
}
