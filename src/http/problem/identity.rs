//! Problems with identities at other providers.

use super::{Code, Problem};
use crate::authn::IdentityError;

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::NotFound => Self::new(Code::NotFound).detail("You have no such identity."),
            IdentityError::LastWayIn => Self::new(Code::Conflict).detail(
                "This is the last way to log in to your account. Set a password, or add a passkey, before you remove it.",
            ),
            IdentityError::NoAccount => Self::new(Code::SessionRevoked),
            IdentityError::Store(error) => error.into(),
        }
    }
}
