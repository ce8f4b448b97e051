//! Step-up: a session's user proves again who they are, for what a stolen session must not do
//! (ASVS 5.0 §7.5.1).
//!
//! The refresh token is presented along with the proof and spent with it, so that assurance rises with a new generation
//! only: a copy of the token from before is worth nothing afterwards. What the token gets by itself is told before the
//! proof is looked at.

use serde_json::json;
use uuid::Uuid;

use super::password_proof::ProofError;
use super::{Authn, FactorError, FactorProof};
use crate::crypto::password::HashError;
use crate::model::assurance::{Amr, Method};
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::security_event::EventKind;
use crate::secret::Secret;
use crate::session::message::{Refresh, RefreshError, Renew, RenewPurpose};
use crate::session::service::RenewedTokens;
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::credential::proof_spending::ProofSpending;
use crate::store::{Effects, StoreError};

/// Who wants to step up, and with what.
#[derive(Debug)]
pub struct StepUpRequest {
    pub user_id: Uuid,
    pub session_id: Uuid,
    /// The session's refresh token, as a refresh presents it.
    pub refresh: Refresh,
    pub proof: StepUpProof,
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
    #[error("the refresh token is another session's")]
    OtherSession,
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
        if request.refresh.token.family_id() != request.session_id {
            return Err(StepUpError::OtherSession);
        }
        if let Some(answered) = self.sessions.present(request.refresh.clone()).await? {
            return Ok(answered);
        }
        let account =
            self.acting(request.user_id, request.session_id).await?.ok_or(StepUpError::NoAccount)?;
        match &request.proof {
            StepUpProof::Password(password) => self.step_up_by_password(&account, password, &request).await,
            StepUpProof::Factor(proof) => self.step_up_by_factor(&account, proof, &request).await,
        }
    }

    async fn step_up_by_password(
        &self,
        account: &Account,
        password: &Secret<String>,
        request: &StepUpRequest,
    ) -> Result<IssuedTokens, StepUpError> {
        let factors = self.store.factors(account.user.id).await?;
        if factors.is_enrolled() {
            return Err(StepUpError::SecondFactorRequired { methods: factors.methods() });
        }
        let context = &request.refresh.context;
        let failure = self
            .event(EventKind::StepUpFailed, context.clone())
            .about(request.user_id)
            .by(request.user_id)
            .in_session(request.session_id)
            .with(json!({ "reason": "invalid_credentials" }));
        let proven = self.prove_password_in(request.session_id, account, password.expose(), failure).await?;
        let proven = proven.ok_or(StepUpError::InvalidCredentials)?;
        if proven.outdated {
            self.rehash(account, password.expose(), context.clone()).await;
        }
        let methods = Amr::of(&[Method::Password]);
        match self.renew(account, request, methods, ProofSpending::Password(proven.attempt)).await {
            Ok(renewed) => {
                if renewed.overtaken {
                    self.store.withdraw_attempt(proven.attempt).await?;
                }
                Ok(renewed.tokens)
            }
            Err(RefreshError::ProofSpent) => Err(StepUpError::InvalidCredentials),
            Err(error) => {
                // The password was right, so the attempt must not count as wrong.
                self.store.withdraw_attempt(proven.attempt).await?;
                Err(error.into())
            }
        }
    }

    async fn step_up_by_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        request: &StepUpRequest,
    ) -> Result<IssuedTokens, StepUpError> {
        let (factor, context) = (proof.factor(), &request.refresh.context);
        let flow = Flow { purpose: FlowPurpose::StepUp, id: request.session_id };
        let verified = self.verify_factor(account, proof, flow, context).await?;
        let attempt = verified.spending.attempt;
        let spending = ProofSpending::Factor(Box::new(verified.spending));
        let result = self.renew(account, request, verified.methods, spending).await;
        if let (Some(attempt), Ok(RenewedTokens { overtaken: true, .. })) = (attempt, &result) {
            self.store.settle_factor_attempt(attempt, false).await?;
        }
        let error = match result {
            Ok(renewed) => {
                self.count_factor(factor, None);
                return Ok(renewed.tokens);
            }
            Err(error) => error,
        };
        if error == RefreshError::ProofSpent {
            let wrong = self.spent_before(account, factor, attempt, (flow, context)).await?;
            self.count_factor(factor, Some(&wrong));
            return Err(wrong.into());
        }
        if let Some(attempt) = attempt {
            self.store.settle_factor_attempt(attempt, false).await?;
        }
        Err(error.into())
    }

    async fn renew(
        &self,
        account: &Account,
        request: &StepUpRequest,
        methods: Amr,
        proof: ProofSpending,
    ) -> Result<RenewedTokens, RefreshError> {
        let event = self
            .event(EventKind::StepUpSucceeded, request.refresh.context.clone())
            .about(request.user_id)
            .by(request.user_id)
            .in_session(request.session_id)
            .with(json!({ "methods": methods.names() }));
        let renew = Renew {
            refresh: request.refresh.clone(),
            credential_epoch: account.credential_epoch,
            proof,
            purpose: RenewPurpose::StepUp(methods),
            effects: Effects::of(event),
        };
        self.sessions.renew(renew).await
    }
}
