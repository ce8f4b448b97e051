//! Step-up: a session's user proves anew who they are, for what a stolen session must not do
//! (ASVS 5.0 §7.5.1).

use serde_json::json;
use uuid::Uuid;

use super::password_proof::ProofError;
use super::{Authn, FactorError, FactorProof};
use crate::crypto::password::HashError;
use crate::model::assurance::{Amr, Method};
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::session::message::{RefreshError, StepUp};
use crate::session::tokens::IssuedTokens;
use crate::store::StoreError;
use crate::store::account::Account;

/// Who wants to step up, and with what.
#[derive(Debug)]
pub struct StepUpRequest {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub proof: StepUpProof,
    pub origin: Origin,
}

/// With what.
#[derive(Debug)]
pub enum StepUpProof {
    /// Only for who has no second factor.
    Password(Secret<String>),
    Factor(FactorProof),
}

/// Why the session's proof is not renewed.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    #[error("the password is wrong")]
    InvalidCredentials,
    /// The account is gone, or may not act any more.
    #[error("there is no account to step up")]
    NoAccount,
    /// A password is not enough where there is more.
    #[error("a second factor is asked for")]
    SecondFactorRequired { methods: Vec<&'static str> },
    #[error(transparent)]
    Factor(#[from] FactorError),
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
            ProofError::Delayed { retry_after } => Self::Factor(FactorError::Limited { retry_after }),
            ProofError::Hash(HashError::Overloaded) => Self::Overloaded,
            ProofError::Hash(HashError::Failed) => Self::Internal("password hashing"),
            ProofError::Store(error) => Self::Store(error),
        }
    }
}

impl Authn {
    /// Renews the session's proof. Wrong passwords and codes count towards the same locks as at the login.
    ///
    /// # Errors
    /// [`StepUpError`].
    pub async fn step_up(&self, request: StepUpRequest) -> Result<IssuedTokens, StepUpError> {
        let account =
            self.acting(request.user_id, request.session_id).await?.ok_or(StepUpError::NoAccount)?;
        let step_up = match &request.proof {
            StepUpProof::Password(password) => self.step_up_by_password(&account, password, &request).await?,
            StepUpProof::Factor(proof) => self.step_up_by_factor(&account, proof, &request).await?,
        };
        Ok(self.sessions.step_up(request.session_id, step_up).await?)
    }

    async fn step_up_by_password(
        &self,
        account: &Account,
        password: &Secret<String>,
        request: &StepUpRequest,
    ) -> Result<StepUp, StepUpError> {
        let factors = self.store.factors(account.user.id).await?;
        if factors.is_enrolled() {
            return Err(StepUpError::SecondFactorRequired { methods: factors.methods() });
        }
        let failure = self
            .event(EventKind::StepUpFailed, request.origin.clone())
            .about(request.user_id)
            .by(request.user_id)
            .in_session(request.session_id)
            .with(json!({ "reason": "invalid_credentials" }));
        let proven = self.prove_password_in(request.session_id, account, password.expose(), failure).await?;
        let proven = proven.ok_or(StepUpError::InvalidCredentials)?;
        if proven.outdated {
            self.rehash(account, password.expose(), request.origin.clone()).await;
        }
        Ok(StepUp {
            methods: Amr::of(&[Method::Password]),
            credential_epoch: account.credential_epoch,
            attempt: Some(proven.attempt),
            origin: request.origin.clone(),
        })
    }

    async fn step_up_by_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        request: &StepUpRequest,
    ) -> Result<StepUp, StepUpError> {
        let flow = Flow { purpose: FlowPurpose::StepUp, id: request.session_id };
        let methods = self.prove_factor(account, proof, flow, &request.origin).await?;
        Ok(StepUp {
            methods,
            credential_epoch: account.credential_epoch,
            attempt: None,
            origin: request.origin.clone(),
        })
    }
}
