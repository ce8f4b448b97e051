//! A new password in place of one that is known.

use uuid::Uuid;

use super::{Authn, NewPasswordError};
use crate::crypto::password::{HashError, Verification};
use crate::delivery::Unsealable;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::password_policy::PreparedPassword;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::password::PasswordChange;

/// What the client sent.
#[derive(Debug)]
pub struct ChangeRequest {
    pub user_id: Uuid,
    /// The session that asks: the only one that stays.
    pub session_id: Uuid,
    pub current: Secret<String>,
    pub new: Secret<String>,
    pub origin: Origin,
}

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the present password is another one")]
    InvalidCredentials,
    /// The account is gone, or may not act any more.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error("a change of password failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unsealable> for ChangeError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
    }
}

impl From<HashError> for ChangeError {
    fn from(error: HashError) -> Self {
        Self::Password(error.into())
    }
}

impl Authn {
    /// Swaps the password and ends the user's other sessions (ASVS 5.0 §7.4.3).
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn change_password(&self, request: ChangeRequest) -> Result<(), ChangeError> {
        let account = self.store.account_by_id(request.user_id).await?;
        let account = account.filter(|account| account.status == Status::Active);
        let account = account.ok_or(ChangeError::NoAccount)?;
        // Before the present one is looked at: a password that may not be chosen is no failed attempt.
        let new = self.judge_change(&account, &request).await?;
        let old_hash = self.prove_current(&account, &request).await?;
        let new_hash = self.passwords.hash(new).await?;
        let (user, session) = (account.user.id, request.session_id);
        let ending = self.sessions.ending(user, Some(session), RevokeReason::CredentialsChanged, true);
        let mut trail = self.new_password_trail(&account, EventKind::PasswordChanged, request.origin)?;
        for event in &mut trail.events {
            event.actor_id = Some(user);
            event.session_id = Some(session);
        }
        let change = PasswordChange { old_hash, new_hash, ending, trail };
        let ended = self.store.change_password(&change).await?.ok_or(ChangeError::InvalidCredentials)?;
        self.sessions.enforce(&ended);
        // The one that stays moved on with the user's epoch; its actor must read that.
        self.sessions.registry.forget(&[session]);
        Ok(())
    }

    async fn judge_change(
        &self,
        account: &Account,
        request: &ChangeRequest,
    ) -> Result<PreparedPassword, ChangeError> {
        let email = Email::from_stored(account.user.email.clone());
        let new = self.judge(&request.new, &email, account.display_name.clone()).await?;
        let same = |current: PreparedPassword| current.expose() == new.expose();
        if PreparedPassword::prepare(request.current.expose()).is_ok_and(same) {
            return Err(NewPasswordError::Unchanged.into());
        }
        Ok(new)
    }

    /// The stored hash, if the present password is its own.
    async fn prove_current(&self, account: &Account, request: &ChangeRequest) -> Result<String, ChangeError> {
        let stored = account.password_hash.clone().ok_or(ChangeError::InvalidCredentials)?;
        let current = PreparedPassword::prepare(request.current.expose());
        let current = current.map_err(|_| ChangeError::InvalidCredentials)?;
        match self.passwords.verify(current, Some(&stored)).await? {
            Verification::Match { .. } => Ok(stored),
            Verification::Mismatch => Err(ChangeError::InvalidCredentials),
        }
    }
}
