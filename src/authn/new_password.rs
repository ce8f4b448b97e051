//! A new password, with the same policy at registration, reset and change.

use crate::authn::addressee;
use crate::authn::environment::FlowEnvironment;
use crate::crypto::password::{HashError, PasswordPool};
use crate::model::email::Email;
use crate::model::notice::{Notice, Place};
use crate::model::password_policy::{PreparedPassword, Weakness};
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::{Effects, StoreError};

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
    let judged = hashing.judge(password, email, display_name).await?;
    judged.map_err(NewPasswordError::Weak)
}

/// The event of a password that was set or changed, and the mail to the owner.
pub(in crate::authn) fn effects(
    env: &FlowEnvironment,
    account: &Account,
    kind: EventKind,
    context: RequestContext,
) -> Result<Effects, StoreError> {
    let notice = Notice::PasswordChanged { at: env.now(), place: Place::of(&context) };
    let mut to = addressee::owner(account);
    // The link of a reset has just shown that the mailbox is read.
    to.is_proven |= kind == EventKind::PasswordReset;
    let message = env.composer.mail(&to, notice)?;
    Ok(Effects::of(env.event(kind, context).about(account.user.id)).telling(message))
}
