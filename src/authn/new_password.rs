//! A password that somebody chooses: judged and hashed, alike at registration, reset and change.

use super::Authn;
use crate::crypto::password::HashError;
use crate::model::email::Email;
use crate::model::password_policy::{PreparedPassword, Weakness};
use crate::secret::Secret;

/// Why the chosen password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewPasswordError {
    #[error("the password may not be chosen ({})", .0.code())]
    Weak(Weakness),
    #[error("the new password is the present one")]
    Unchanged,
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("a new password failed inside: {0}")]
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

impl Authn {
    /// Judging takes milliseconds of a core: it must not hold up the queries of others.
    pub(super) async fn judge(
        &self,
        password: &Secret<String>,
        email: &Email,
        display_name: Option<&str>,
    ) -> Result<PreparedPassword, NewPasswordError> {
        let judged = self.passwords.judge(password, email, display_name).await?;
        judged.map_err(NewPasswordError::Weak)
    }
}
