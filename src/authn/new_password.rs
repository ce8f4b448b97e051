//! A password that somebody chooses: judged and hashed, alike at registration, reset and change.

use super::Authn;
use crate::crypto::password::HashError;
use crate::model::email::Email;
use crate::model::password_policy::{self, PreparedPassword, Weakness};
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
        display_name: Option<String>,
    ) -> Result<PreparedPassword, NewPasswordError> {
        let (password, email, min_length) = (password.clone(), email.clone(), self.password_min_length);
        let judged = tokio::task::spawn_blocking(move || {
            let prepared = PreparedPassword::prepare(password.expose())?;
            password_policy::check(&prepared, min_length, &email, display_name.as_deref()).map(|()| prepared)
        });
        match judged.await {
            Ok(judged) => judged.map_err(NewPasswordError::Weak),
            Err(_) => Err(NewPasswordError::Internal("password policy")),
        }
    }
}
