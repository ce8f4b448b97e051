//! The change of a password by someone who knows it.

use serde_json::json;

use super::verification::VerifiedPassword;
use super::{PasswordVerificationError, Passwords};
use crate::authn::addressee;
use crate::authn::new_password::{self, NewPasswordError};
use crate::crypto::password::HashError;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::notice::{Notice, Place};
use crate::model::password_policy::PreparedPassword;
use crate::model::principal::ActingSession;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::secret::Secret;
use crate::session::message::{Refresh, RefreshError, Renew};
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::credential::password::PasswordChange;
use crate::store::credential::password_attempt::Reservation;
use crate::store::credential::reauthentication::Reauthentication;
use crate::store::session::family_write::RenewalPurpose;
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct ChangeRequest {
    /// The session that asks for the change, which is the only one that is not revoked.
    pub acting_session: ActingSession,
    /// The session's refresh token, as a refresh presents it. It is spent with the change.
    pub refresh: Refresh,
    pub current: Secret<String>,
    pub new: Secret<String>,
}

/// Why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the current password is wrong")]
    InvalidCredentials,
    /// The session was opened on an unknown device, and those have to wait.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Limited { retry_after: u32 },
    /// The account is gone or no longer active.
    #[error("there is no account to change")]
    NoAccount,
    #[error("the refresh token is another session's")]
    OtherSession,
    #[error(transparent)]
    Session(#[from] RefreshError),
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for ChangeError {
    fn from(error: HashError) -> Self {
        Self::Password(error.into())
    }
}

impl From<PasswordVerificationError> for ChangeError {
    fn from(error: PasswordVerificationError) -> Self {
        match error {
            PasswordVerificationError::Delayed { retry_after } => Self::Limited { retry_after },
            PasswordVerificationError::Hash(error) => error.into(),
            PasswordVerificationError::Store(error) => error.into(),
        }
    }
}

impl Passwords {
    /// Changes the password and renews the session. The user's other sessions are revoked, links that were sent before
    /// become void, and the owner gets a mail. The old refresh token, and any copy of it, is spent.
    ///
    /// # Errors
    /// [`ChangeError`]; then the password is still the old one.
    pub async fn change(&self, request: ChangeRequest) -> Result<IssuedTokens, ChangeError> {
        if request.refresh.token.family_id() != request.acting_session.session_id {
            return Err(ChangeError::OtherSession);
        }
        if let Some(answered) = self.sessions.present(request.refresh.clone()).await? {
            return Ok(answered);
        }
        let account = self.env.store.account_by_id(request.acting_session.user_id).await?;
        let account = account.filter(|account| account.status == Status::Active);
        let account = account.ok_or(ChangeError::NoAccount)?;
        // First of all, so that a new password that may not be chosen does not cost an attempt at the current one.
        let new = self.check_new(&account, &request).await?;
        let verified = self.verify_current(&account, &request).await?;
        let renew = self.compose_change(&account, &request, new, verified.attempt).await?;
        match self.sessions.renew(renew).await {
            Ok(renewed) => {
                if !renewed.overtaken {
                    verified.settled();
                }
                Ok(renewed.tokens)
            }
            Err(RefreshError::ReauthenticationSpent) => {
                verified.settled();
                Err(ChangeError::InvalidCredentials)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn compose_change(
        &self,
        account: &Account,
        request: &ChangeRequest,
        new: PreparedPassword,
        attempt: Reservation,
    ) -> Result<Renew, ChangeError> {
        let old_hash = account.password_hash.clone().ok_or(ChangeError::InvalidCredentials)?;
        let new_hash = self.hashing.hash(new).await?;
        let ActingSession { user_id: user, session_id: session } = request.acting_session;
        let revocation =
            self.sessions.revocation_of(user, Some(session), RevokeReason::CredentialsChanged, true);
        let context = &request.refresh.context;
        let notice = Notice::PasswordChanged { at: self.env.now(), place: Place::of(context) };
        let event = self.env.event(EventKind::PasswordChanged, context.clone());
        let mail = self.env.composer.mail(&addressee::owner(account), notice)?;
        let effects = Effects::of(event.by_owner(request.acting_session)).telling(mail);
        Ok(Renew {
            refresh: request.refresh.clone(),
            credential_epoch: account.credential_epoch,
            reauthentication: Reauthentication::Password(attempt),
            purpose: RenewalPurpose::PasswordChange(Box::new(PasswordChange {
                old_hash,
                new_hash,
                revocation,
            })),
            effects,
        })
    }

    async fn check_new(
        &self,
        account: &Account,
        request: &ChangeRequest,
    ) -> Result<PreparedPassword, ChangeError> {
        let email = Email::from_stored(account.user.email.clone());
        let new =
            new_password::check_policy(&self.hashing, &request.new, &email, account.display_name.as_deref())
                .await?;
        let same = |current: PreparedPassword| current.expose() == new.expose();
        if PreparedPassword::prepare(request.current.expose()).is_ok_and(same) {
            return Err(NewPasswordError::Unchanged.into());
        }
        Ok(new)
    }

    /// Wrong passwords count towards the lock of the account, like those of logins.
    async fn verify_current(
        &self,
        account: &Account,
        request: &ChangeRequest,
    ) -> Result<VerifiedPassword, ChangeError> {
        let failure = self
            .env
            .event(EventKind::StepUpFailed, request.refresh.context.clone())
            .by_owner(request.acting_session)
            .with(json!({ "reason": "invalid_credentials", "for": "password_change" }));
        let current = request.current.expose();
        let verified = self
            .verifier
            .verify_in_session(request.acting_session.session_id, account, current, failure)
            .await?;
        verified.ok_or(ChangeError::InvalidCredentials)
    }
}
