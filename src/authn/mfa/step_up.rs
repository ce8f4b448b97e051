//! Step-up: a session's user reauthenticates, for what a stolen session must not do (ASVS 5.0 §7.5.1, RFC 9470).
//!
//! The refresh token is presented along with the credential and spent with it, so that assurance rises only with a new
//! generation: the old token, and any copy of it, is spent. What the token gets by itself is answered before the
//! credential is looked at.

use serde_json::json;

use super::{FactorError, Mfa, PresentedFactor};
use crate::authn::login_codes::PresentedCode;
use crate::authn::password::PasswordVerificationError;
use crate::crypto::password::HashError;
use crate::model::assurance::{Aal, Amr, Method};
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::principal::ActingSession;
use crate::model::security_event::EventKind;
use crate::secret::Secret;
use crate::session::message::{Refresh, RefreshError, Renew};
use crate::session::service::RenewedTokens;
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::credential::reauthentication::Reauthentication;
use crate::store::session::family_write::RenewalPurpose;
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::FactorOutcome;

/// The session that steps up, and the credential.
#[derive(Debug)]
pub struct StepUpRequest {
    pub acting_session: ActingSession,
    /// The session's refresh token, as a refresh presents it.
    pub refresh: Refresh,
    pub credential: StepUpCredential,
}

/// The credential that is presented.
#[derive(Debug)]
pub enum StepUpCredential {
    /// Only for users without a second factor.
    Password(Secret<String>),
    Factor(PresentedFactor),
    /// An identity at another provider, which counts as a second factor only where the provider is trusted with that.
    Identity(PresentedCode),
}

/// Why the session was not stepped up.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    #[error("the password is wrong")]
    InvalidCredentials,
    /// The code does not count, is about an identity of someone else, or the person has not authenticated again.
    #[error("the login with the provider does not count")]
    IdentityInvalid,
    /// The account is gone or no longer active.
    #[error("there is no account to step up")]
    NoAccount,
    #[error("the refresh token is another session's")]
    OtherSession,
    /// A password is not enough for a user with a second factor.
    #[error("a second factor is asked for")]
    SecondFactorRequired { methods: Vec<&'static str> },
    #[error(transparent)]
    Factor(#[from] FactorError),
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("internal error during a step-up: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Session(#[from] RefreshError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordVerificationError> for StepUpError {
    fn from(error: PasswordVerificationError) -> Self {
        match error {
            PasswordVerificationError::Delayed { retry_after } => {
                Self::Factor(FactorError::Limited { retry_after })
            }
            PasswordVerificationError::Hash(HashError::Overloaded) => Self::Overloaded,
            PasswordVerificationError::Hash(HashError::Failed) => Self::Internal("password hashing"),
            PasswordVerificationError::Store(error) => Self::Store(error),
        }
    }
}

impl Mfa {
    /// Reauthenticates the session's user. Wrong passwords and codes count towards the same locks as at a login.
    ///
    /// # Errors
    /// [`StepUpError`].
    pub async fn step_up(&self, request: StepUpRequest) -> Result<IssuedTokens, StepUpError> {
        if request.refresh.token.family_id() != request.acting_session.session_id {
            return Err(StepUpError::OtherSession);
        }
        if let Some(answered) = self.sessions.present(request.refresh.clone()).await? {
            return Ok(answered);
        }
        let account = self.env.acting_account(request.acting_session).await?.ok_or(StepUpError::NoAccount)?;
        match &request.credential {
            StepUpCredential::Password(password) => {
                self.step_up_by_password(&account, password, &request).await
            }
            StepUpCredential::Factor(factor) => self.step_up_by_factor(&account, factor, &request).await,
            StepUpCredential::Identity(code) => self.step_up_by_identity(&account, code, &request).await,
        }
    }

    async fn step_up_by_password(
        &self,
        account: &Account,
        password: &Secret<String>,
        request: &StepUpRequest,
    ) -> Result<IssuedTokens, StepUpError> {
        let factors = self.env.store.factors(account.user.id).await?;
        if factors.is_enrolled() {
            return Err(StepUpError::SecondFactorRequired { methods: factors.methods() });
        }
        let context = &request.refresh.context;
        let failure = self
            .env
            .event(EventKind::StepUpFailed, context.clone())
            .by_owner(request.acting_session)
            .with(json!({ "reason": "invalid_credentials" }));
        let verified = self
            .passwords
            .verify_in_session(request.acting_session.session_id, account, password.expose(), failure)
            .await?;
        let verified = verified.ok_or(StepUpError::InvalidCredentials)?;
        if verified.outdated {
            self.passwords.rehash(account, password.expose(), context.clone()).await;
        }
        let methods = Amr::of(&[Method::Password]);
        match self.renew(account, request, methods, Reauthentication::Password(verified.attempt)).await {
            Ok(renewed) => {
                if !renewed.overtaken {
                    verified.settled();
                }
                Ok(renewed.tokens)
            }
            Err(RefreshError::ReauthenticationSpent) => {
                verified.settled();
                Err(StepUpError::InvalidCredentials)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn step_up_by_identity(
        &self,
        account: &Account,
        presented: &PresentedCode,
        request: &StepUpRequest,
    ) -> Result<IssuedTokens, StepUpError> {
        let Some(identity) = self.codes.reauthenticate(account, presented).await? else {
            let failure = self.env.event(EventKind::StepUpFailed, request.refresh.context.clone());
            let failure = failure.by_owner(request.acting_session);
            let failure = failure.with(json!({ "reason": "federation_failed" }));
            self.env.store.record(&Effects::of(failure)).await?;
            return Err(StepUpError::IdentityInvalid);
        };
        let factors = self.env.store.factors(account.user.id).await?;
        if factors.is_enrolled() && identity.amr.aal() < Aal::Two {
            return Err(StepUpError::SecondFactorRequired { methods: factors.methods() });
        }
        let spending = Reauthentication::Identity { code: identity.code, at: self.env.now() };
        match self.renew(account, request, identity.amr, spending).await {
            Ok(renewed) => Ok(renewed.tokens),
            Err(RefreshError::ReauthenticationSpent) => Err(StepUpError::IdentityInvalid),
            Err(error) => Err(error.into()),
        }
    }

    async fn step_up_by_factor(
        &self,
        account: &Account,
        presented: &PresentedFactor,
        request: &StepUpRequest,
    ) -> Result<IssuedTokens, StepUpError> {
        let context = &request.refresh.context;
        let flow = Flow { purpose: FlowPurpose::StepUp, id: request.acting_session.session_id };
        let verified = self.factors.verify(account, presented, flow, context).await?;
        let spending = Reauthentication::Factor(Box::new(verified.spending.clone()));
        match self.renew(account, request, verified.methods, spending).await {
            Ok(renewed) => {
                if renewed.overtaken {
                    self.factors.give_up(verified, FactorOutcome::Success);
                } else {
                    self.factors.accept(verified);
                }
                Ok(renewed.tokens)
            }
            Err(RefreshError::ReauthenticationSpent) => {
                Err(self.factors.refuse_used(account, verified, context).await?.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn renew(
        &self,
        account: &Account,
        request: &StepUpRequest,
        methods: Amr,
        reauthentication: Reauthentication,
    ) -> Result<RenewedTokens, RefreshError> {
        let event = self
            .env
            .event(EventKind::StepUpSucceeded, request.refresh.context.clone())
            .by_owner(request.acting_session)
            .with(json!({ "methods": methods.names() }));
        let renew = Renew {
            refresh: request.refresh.clone(),
            credential_epoch: account.credential_epoch,
            reauthentication,
            purpose: RenewalPurpose::StepUp(methods),
            effects: Effects::of(event),
        };
        self.sessions.renew(renew).await
    }
}
