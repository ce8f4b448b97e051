//! A new password in place of one that is known.

use serde_json::json;
use uuid::Uuid;

use super::{Authn, NewPasswordError, ProofError};
use crate::crypto::password::HashError;
use crate::delivery::Unsealable;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::password_policy::PreparedPassword;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::password::PasswordChange;
use crate::store::password_attempt::Reservation;
use crate::store::{StoreError, Trail};

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
    /// The session is of an unknown device, and those have to wait.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Limited { retry_after: u32 },
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

impl From<ProofError> for ChangeError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Delayed { retry_after } => Self::Limited { retry_after },
            ProofError::Hash(error) => error.into(),
            ProofError::Store(error) => error.into(),
        }
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
        let attempt = self.prove_current(&account, &request).await?;
        let old_hash = account.password_hash.clone().ok_or(ChangeError::InvalidCredentials)?;
        let new_hash = match self.passwords.hash(new).await {
            Ok(hash) => hash,
            Err(error) => {
                // The password was right, so the attempt must not count as wrong.
                self.store.settle_attempt(attempt, &Trail::default()).await?;
                return Err(error.into());
            }
        };
        let (user, session) = (account.user.id, request.session_id);
        let ending = self.sessions.ending(user, Some(session), RevokeReason::CredentialsChanged, true);
        let mut trail = self.new_password_trail(&account, EventKind::PasswordChanged, request.origin)?;
        for event in &mut trail.events {
            event.actor_id = Some(user);
            event.session_id = Some(session);
        }
        let change = PasswordChange { attempt, old_hash, new_hash, ending, trail };
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
        let new = self.judge(&request.new, &email, account.display_name.as_deref()).await?;
        let same = |current: PreparedPassword| current.expose() == new.expose();
        if PreparedPassword::prepare(request.current.expose()).is_ok_and(same) {
            return Err(NewPasswordError::Unchanged.into());
        }
        Ok(new)
    }

    /// Wrong ones count towards the account's lock, like those of logins.
    async fn prove_current(
        &self,
        account: &Account,
        request: &ChangeRequest,
    ) -> Result<Reservation, ChangeError> {
        let failure = self
            .event(EventKind::StepUpFailed, request.origin.clone())
            .about(account.user.id)
            .by(account.user.id)
            .in_session(request.session_id)
            .with(json!({ "reason": "invalid_credentials", "for": "password_change" }));
        let current = request.current.expose();
        let proven = self.prove_password_in(request.session_id, account, current, failure).await?;
        proven.map(|proven| proven.attempt).ok_or(ChangeError::InvalidCredentials)
    }
}
