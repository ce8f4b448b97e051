//! Problems that several flows share: addresses, links and new passwords.

use super::store::internal;
use super::{Code, Problem};
use crate::authn::NewPasswordError;
use crate::model::password_policy::Weakness;

/// The same answer for a token that is unknown, for another purpose, void, expired or was used before.
pub(super) fn link_does_not_work() -> Problem {
    Problem::new(Code::TokenInvalid)
        .detail("This link is not valid: it is wrong, has expired, or was used before.")
}

pub(super) fn invalid_email(field: &str) -> Problem {
    Problem::field(Code::ValidationFailed, field, "invalid_email", "This is not an e-mail address.")
}

/// A breached password is a case of its own: a client can explain it.
pub(super) const fn code_of(weakness: Weakness) -> Code {
    match weakness {
        Weakness::Breached => Code::BreachedPassword,
        _ => Code::WeakPassword,
    }
}

pub(super) fn new_password(error: NewPasswordError, field: &str) -> Problem {
    match error {
        NewPasswordError::Weak(weakness) => {
            Problem::field(code_of(weakness), field, weakness.code(), weakness.detail())
        }
        NewPasswordError::Unchanged => {
            Problem::field(Code::WeakPassword, field, "unchanged", "This is the current password.")
        }
        NewPasswordError::Overloaded => Problem::new(Code::Overloaded),
        NewPasswordError::Internal(place) => internal(place),
    }
}
