//! The challenge that a login with a right password or identity gets, to be answered with the second factor.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::factor::FactorError;
use crate::authn::environment::FlowEnvironment;
use crate::authn::session_opening::{LoginError, SessionOpening};
use crate::model::assurance::{Amr, Method};
use crate::model::factor::Factors;
use crate::model::federation::provider_session::ProviderSession;
use crate::model::opaque_token::{Use, generate, hash};
use crate::model::security_event::EventKind;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::credential::password_attempt::Reservation;
use crate::store::session::login::LoginClient;
use crate::store::session::login_challenge::{Challenge, NewChallenge};
use crate::store::{Effects, StoreError};

/// A right first factor that waits for the second factor.
#[derive(Debug)]
pub struct LoginChallenge {
    pub token: Secret<String>,
    pub expires_in: Duration,
    /// The factors that can answer it.
    pub methods: Vec<&'static str>,
}

/// The first factor of a login, which was verified.
#[derive(Clone, Copy, Debug)]
pub(in crate::authn) struct FirstFactor {
    pub amr: Amr,
    /// The attempt at the password, to be settled.
    pub attempt: Option<Reservation>,
    /// The session at another provider.
    pub federated: Option<ProviderSession>,
}

impl FirstFactor {
    /// A right password.
    pub fn password(attempt: Reservation) -> Self {
        Self { amr: Amr::of(&[Method::Password]), attempt: Some(attempt), federated: None }
    }
}

/// Why the second step of a login failed.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// The challenge is unknown, expired, spent or revoked, or its account has changed.
    #[error("the challenge does not work")]
    ChallengeInvalid,
    #[error(transparent)]
    Factor(#[from] FactorError),
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl From<StoreError> for SecondStepError {
    fn from(error: StoreError) -> Self {
        Self::Login(error.into())
    }
}

/// Issues challenges and finds them again.
pub(in crate::authn) struct LoginChallenges {
    pub env: Arc<FlowEnvironment>,
    pub opening: Arc<SessionOpening>,
    pub ttl: Duration,
}

impl LoginChallenges {
    /// Settles the attempt at the password, if it was one, and makes the login wait for the second factor.
    pub async fn issue(
        &self,
        account: &Account,
        first: FirstFactor,
        factors: Factors,
        client: &LoginClient,
    ) -> Result<LoginChallenge, LoginError> {
        let at = self.env.now();
        let token = generate(self.env.entropy.as_ref(), Use::LoginChallenge);
        let methods = factors.methods();
        let event = self.env.event(EventKind::MfaChallenged, client.context.clone()).about(account.user.id);
        let new = NewChallenge {
            id: self.env.new_id(),
            hash: hash(Use::LoginChallenge, token.expose()),
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: first.amr,
            device_name: client.device.name.clone(),
            remembered: client.remembered,
            time_zone: client.time_zone.clone(),
            at,
            expires_at: at.plus(self.ttl),
            attempt: first.attempt,
            federated: first.federated,
            effects: Effects::of(event.with(json!({ "methods": methods }))),
        };
        if !self.env.store.open_challenge(&new).await? {
            return Err(LoginError::InvalidCredentials);
        }
        Ok(LoginChallenge { token, expires_in: self.ttl, methods })
    }

    /// The challenge that a token belongs to, and its account as it is now.
    pub async fn find(&self, token: &Secret<String>) -> Result<(Challenge, Account), SecondStepError> {
        let hash = hash(Use::LoginChallenge, token.expose());
        let challenge = self.env.store.challenge(hash, self.env.now()).await?;
        let challenge = challenge.ok_or(SecondStepError::ChallengeInvalid)?;
        let account = self.env.store.account_by_id(challenge.user_id).await?;
        let account = account.filter(|account| account.credential_epoch == challenge.credential_epoch);
        let account = account.ok_or(SecondStepError::ChallengeInvalid)?;
        self.opening.admit(&account)?;
        Ok((challenge, account))
    }
}
