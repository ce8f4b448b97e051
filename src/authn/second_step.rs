//! The second step of a login: a challenge for whoever knows the password, answered by the second factor.

use std::time::Duration;

use serde_json::json;

use super::login::{Entrance, LoggedIn, LoginError, LoginRequest};
use super::password_proof::Proven;
use super::{Authn, FactorError, FactorProof};
use crate::entropy::{bytes, uuid_v7};
use crate::model::assurance::{Amr, Method};
use crate::model::device::Device;
use crate::model::factor::{Factors, Flow, FlowPurpose};
use crate::model::opaque_token::{TokenHash, Use, generate, hash};
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::NewTrustedDevice;
use crate::store::session::login::SecondFactorUse;
use crate::store::session::login_challenge::{Challenge, NewChallenge};
use crate::store::{Effects, StoreError};

/// A right password that waits for the second factor.
#[derive(Debug)]
pub struct LoginChallenge {
    pub token: Secret<String>,
    pub expires_in: Duration,
    /// What can answer it.
    pub methods: Vec<&'static str>,
}

/// What answers a challenge.
#[derive(Debug)]
pub struct SecondStepRequest {
    pub challenge: Secret<String>,
    pub proof: FactorProof,
    /// Whether this device needs no second factor for a while.
    pub trust_device: bool,
    pub device: Device,
    /// What a known device was given by its last login.
    pub device_token: Option<Secret<String>>,
    pub network: Option<String>,
    pub context: RequestContext,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// Unknown, expired, spent, ended, or its account has changed.
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

impl Authn {
    /// Has the login wait for the second factor.
    pub(super) async fn challenge(
        &self,
        account: &Account,
        proven: Proven,
        factors: Factors,
        request: &LoginRequest,
    ) -> Result<LoginChallenge, LoginError> {
        let at = self.clock.now();
        let token = generate(self.entropy.as_ref(), Use::LoginChallenge);
        let methods = factors.methods();
        let event = self.event(EventKind::MfaChallenged, request.context.clone()).about(account.user.id);
        let new = NewChallenge {
            id: uuid_v7(self.entropy.as_ref(), at),
            hash: hash(Use::LoginChallenge, token.expose()),
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: Amr::of(&[Method::Password]),
            device_name: request.device.name.clone(),
            at,
            expires_at: at.plus(self.mfa.challenge_ttl),
            attempt: proven.attempt,
            effects: Effects::of(event.with(json!({ "methods": methods }))),
        };
        if !self.store.open_challenge(&new).await? {
            return Err(LoginError::InvalidCredentials);
        }
        Ok(LoginChallenge { token, expires_in: self.mfa.challenge_ttl, methods })
    }

    /// Completes a login.
    ///
    /// # Errors
    /// [`SecondStepError`]; after a wrong factor the challenge still works, until there were too many.
    pub async fn second_step(&self, request: SecondStepRequest) -> Result<LoggedIn, SecondStepError> {
        let result = self.try_second_step(request).await;
        match &result {
            Ok(_) => self.metrics.logins.with_label_values(&["password", "success"]).inc(),
            Err(SecondStepError::Factor(FactorError::Wrong)) => {
                self.metrics.logins.with_label_values(&["password", "failure"]).inc();
                self.metrics.login_failures.with_label_values(&["mfa"]).inc();
            }
            Err(_) => {}
        }
        result
    }

    async fn try_second_step(&self, request: SecondStepRequest) -> Result<LoggedIn, SecondStepError> {
        let (challenge, account) = self.open_challenge(&request.challenge).await?;
        let flow = Flow { purpose: FlowPurpose::Login, id: challenge.id };
        let proven = match self.prove_factor(&account, &request.proof, flow, &request.context).await {
            Ok(proven) => proven,
            Err(FactorError::Wrong) => {
                self.store.fail_challenge(challenge.id, self.mfa.max_failures, self.clock.now()).await?;
                return Err(FactorError::Wrong.into());
            }
            Err(error) => return Err(error.into()),
        };
        let mut device = request.device;
        device.name = device.name.or(challenge.device_name);
        let known = self.known_device(Some(&account), request.device_token.as_ref()).await?;
        let trust = request.trust_device.then(|| {
            let replaces = known.as_ref().and_then(|known| known.trusted.as_ref()).map(|device| device.id);
            let network = request.network.clone();
            NewTrustedDevice { replaces, ..self.trust(&account, &device, network, &request.context) }
        });
        // Trust is put on a new id, and so on a new token: one that was out before is worth what it was worth.
        let known_device = trust.as_ref().map_or_else(|| self.device_id(known.as_ref()), |trust| trust.id);
        let trusted_until = match &trust {
            Some(trust) => Some(trust.expires_at),
            None => known.as_ref().and_then(|known| known.trust_in(&device)).map(|known| known.expires_at),
        };
        let entrance = Entrance {
            amr: challenge.amr.and(proven),
            device,
            network: request.network,
            context: request.context,
            attempt: None,
            second_factor: SecondFactorUse {
                challenge: Some(challenge.id),
                trust,
                ..SecondFactorUse::default()
            },
            known_device,
            device_trusted_for: trusted_until.map(|until| until.since(self.clock.now())),
        };
        self.enter(&account, entrance).await.map_err(|error| match error {
            LoginError::InvalidCredentials => SecondStepError::ChallengeInvalid,
            error => error.into(),
        })
    }

    /// The challenge that a token opens, and its account as it is now.
    pub(super) async fn open_challenge(
        &self,
        token: &Secret<String>,
    ) -> Result<(Challenge, Account), SecondStepError> {
        let hash = hash(Use::LoginChallenge, token.expose());
        let challenge = self.store.challenge(hash, self.clock.now()).await?;
        let challenge = challenge.ok_or(SecondStepError::ChallengeInvalid)?;
        let account = self.store.account_by_id(challenge.user_id).await?;
        let account = account.filter(|account| account.credential_epoch == challenge.credential_epoch);
        let account = account.ok_or(SecondStepError::ChallengeInvalid)?;
        self.admit(&account)?;
        Ok((challenge, account))
    }

    fn trust(
        &self,
        account: &Account,
        device: &Device,
        network: Option<String>,
        context: &RequestContext,
    ) -> NewTrustedDevice {
        let at = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), at);
        let event = self.event(EventKind::DeviceTrusted, context.clone()).about(account.user.id);
        let event = event.by(account.user.id).with(json!({ "device": id }));
        NewTrustedDevice {
            id,
            // Of no token: it is found by its id, which the signed token has.
            hash: TokenHash(bytes(self.entropy.as_ref())),
            device: device.clone(),
            network,
            expires_at: at.plus(self.mfa.trusted_device_ttl),
            replaces: None,
            effects: Effects::of(event),
        }
    }
}
