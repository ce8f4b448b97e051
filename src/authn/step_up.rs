//! Step-up: a session's user proves anew who they are, for what a stolen session must not do
//! (ASVS 5.0 §7.5.1).

use serde_json::json;
use uuid::Uuid;

use super::Authn;
use super::password_proof::ProofError;
use crate::crypto::password::HashError;
use crate::model::assurance::{Amr, Method};
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::session::message::{RefreshError, StepUp};
use crate::session::tokens::IssuedTokens;
use crate::store::StoreError;

/// Who wants to step up, and with what.
#[derive(Debug)]
pub struct StepUpRequest {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub password: Secret<String>,
    pub origin: Origin,
}

/// Why the session's proof is not renewed.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    #[error("the password is wrong")]
    InvalidCredentials,
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("a step-up failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Session(#[from] RefreshError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ProofError> for StepUpError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Hash(HashError::Overloaded) => Self::Overloaded,
            ProofError::Hash(HashError::Failed) => Self::Internal("password hashing"),
            ProofError::Store(error) => Self::Store(error),
        }
    }
}

impl Authn {
    /// Renews the session's proof by the password. Wrong ones count towards the account's lock.
    ///
    /// # Errors
    /// [`StepUpError`].
    pub async fn step_up(&self, request: StepUpRequest) -> Result<IssuedTokens, StepUpError> {
        let account = self.store.account_by_id(request.user_id).await?;
        let failure = self
            .event(EventKind::StepUpFailed, request.origin.clone())
            .about(request.user_id)
            .by(request.user_id)
            .in_session(request.session_id)
            .with(json!({ "reason": "invalid_credentials" }));
        let proven = self.prove_password(account.as_ref(), request.password.expose(), failure).await?;
        let (Some(account), Some(proven)) = (account, proven) else {
            return Err(StepUpError::InvalidCredentials);
        };
        if proven.outdated {
            self.rehash(&account, request.password.expose(), request.origin.clone()).await;
        }
        let step_up = StepUp {
            methods: Amr::of(&[Method::Password]),
            credential_epoch: account.credential_epoch,
            attempt: Some(proven.attempt),
            origin: request.origin,
        };
        Ok(self.sessions.step_up(request.session_id, step_up).await?)
    }
}
