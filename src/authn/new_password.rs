//! A new password, with the same policy at registration, reset and change.

use crate::crypto::password::{HashError, PasswordPool};
use crate::model::email::Email;
use crate::model::password_policy::{PreparedPassword, Weakness};
use crate::secret::Secret;

/// Why a chosen password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewPasswordError {
    #[error("the password may not be chosen ({})", .0.code())]
    Weak(Weakness),
    #[error("the new password is the current one")]
    Unchanged,
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("internal error while setting a password: {0}")]
    Internal(&'static str),
}

impl From<HashError> for NewPasswordError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("password hashing"),
        }
    }
}

/// Checks a chosen password against the policy. That takes milliseconds of a core, so it runs on the hashing threads.
pub(in crate::authn) async fn check_policy(
    hashing: &PasswordPool,
    password: &Secret<String>,
    email: &Email,
    display_name: Option<&str>,
) -> Result<PreparedPassword, NewPasswordError> {
    let checked = hashing.judge(password, email, display_name).await?;
    checked.map_err(NewPasswordError::Weak)
}
