//! The second step of a login: a challenge is answered with the second factor.

use uuid::Uuid;

use super::login_challenge::SecondStepError;
use super::{FactorError, Mfa, PresentedFactor, VerifiedFactor};
use crate::authn::devices::KnownDevice;
use crate::authn::session_opening::{LoggedIn, LoginError};
use crate::clock::Timestamp;
use crate::entropy::bytes;
use crate::model::assurance::Method;
use crate::model::factor::{Factor, Flow, FlowPurpose};
use crate::model::opaque_token::TokenHash;
use crate::secret::Secret;
use crate::session::OpenError;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::NewTrustedDevice;
use crate::store::session::login::{AuthenticatedLogin, LoginClient, SecondFactorUse};
use crate::store::session::login_challenge::Challenge;
use crate::telemetry::metrics::{FactorOutcome, LoginAttemptOutcome, LoginFailureReason, LoginMethod};
use crate::throttle::Attempt;

/// The answer to a challenge.
#[derive(Debug)]
pub struct SecondStepRequest {
    pub challenge: Secret<String>,
    pub factor: PresentedFactor,
    /// Whether the device is to stand in for the second factor from now on.
    pub trust_device: bool,
    /// The answer to a challenge of the network's limits.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
}

impl Mfa {
    /// Completes a login.
    ///
    /// # Errors
    /// [`SecondStepError`]; after a wrong factor the challenge still works, until there were too many.
    pub async fn second_step(&self, request: SecondStepRequest) -> Result<LoggedIn, SecondStepError> {
        let transport = request.client.transport;
        let found = self.challenges.find(&request.challenge).await;
        let method = found.as_ref().map_or(LoginMethod::Password, |(challenge, _)| method_of(challenge));
        let result = self.try_second_step(found, request).await;
        match &result {
            Ok(login) => {
                let cohort = self.env.cohort(login, transport);
                self.env.count_login(method, LoginAttemptOutcome::Success, cohort);
            }
            Err(SecondStepError::Factor(FactorError::Wrong)) => {
                self.env.count_failed_login(method, LoginFailureReason::Mfa);
            }
            Err(_) => {}
        }
        result
    }

    async fn try_second_step(
        &self,
        found: Result<(Challenge, Account), SecondStepError>,
        request: SecondStepRequest,
    ) -> Result<LoggedIn, SecondStepError> {
        let known = match &found {
            Ok((_, account)) => {
                self.devices.find(Some(account), request.client.device_token.as_ref()).await?
            }
            Err(_) => None,
        };
        let attempt = match &known {
            // A known device has failures of its own.
            Some(_) => Attempt::default(),
            None => self
                .env
                .attempt(&request.client.context, request.captcha.as_ref())
                .await
                .map_err(LoginError::from)?,
        };
        let result = match found {
            Ok(found) => self.complete(found, known, request).await,
            Err(error) => Err(error),
        };
        let is_failure = matches!(
            result,
            Err(SecondStepError::ChallengeInvalid | SecondStepError::Factor(FactorError::Wrong))
        );
        if !is_failure {
            attempt.withdraw().await;
        }
        result
    }

    async fn complete(
        &self,
        (challenge, account): (Challenge, Account),
        known: Option<KnownDevice>,
        request: SecondStepRequest,
    ) -> Result<LoggedIn, SecondStepError> {
        let SecondStepRequest { factor, trust_device, mut client, .. } = request;
        let flow = Flow { purpose: FlowPurpose::Login, id: challenge.id };
        let verified = match self.factors.verify(&account, &factor, flow, &client.context).await {
            Ok(verified) => verified,
            Err(error) => return Err(self.refuse(challenge.id, error).await?),
        };
        client.device.name = client.device.name.or(challenge.device_name);
        client.remembered = challenge.remembered;
        client.time_zone = challenge.time_zone;
        let trust = trust_device.then(|| {
            let replaces = known.as_ref().and_then(|known| known.trusted.as_ref()).map(|device| device.id);
            NewTrustedDevice { replaces, ..self.trust(&client) }
        });
        // Trust is put on a new id, and so on a new token: one that was issued before does not become trusted.
        let known_device =
            trust.as_ref().map_or_else(|| self.opening.device_id(known.as_ref()), |trust| trust.id);
        let trusted_until = match &trust {
            Some(trust) => Some(trust.expires_at),
            None => {
                known.as_ref().and_then(|known| known.trust_in(&client.device)).map(|known| known.expires_at)
            }
        };
        let login = AuthenticatedLogin {
            account: &account,
            amr: challenge.amr.and(verified.methods),
            client,
            attempt: None,
            second_factor: SecondFactorUse {
                challenge: Some(challenge.id),
                factor: Some(verified.spending.clone()),
                trust,
                ..SecondFactorUse::default()
            },
            known_device,
            federated: challenge.federated,
        };
        self.open(login, trusted_until, (&factor, verified)).await
    }

    /// Opens the session, and settles the factor by what came of it.
    async fn open(
        &self,
        mut login: AuthenticatedLogin<'_>,
        trusted_until: Option<Timestamp>,
        (presented, mut verified): (&PresentedFactor, VerifiedFactor),
    ) -> Result<LoggedIn, SecondStepError> {
        let (account, flow) = (login.account, verified.flow);
        let mut opened = self.opening.open(&login, trusted_until).await;
        if matches!(opened, Err(OpenError::FactorSpent)) && verified.factor == Factor::Webauthn {
            // The passkey may have been used for something else meanwhile: then its new state counts.
            verified = match self.factors.verify(account, presented, flow, &login.client.context).await {
                Ok(verified) => verified,
                Err(error) => return Err(self.refuse(flow.id, error).await?),
            };
            login.second_factor.factor = Some(verified.spending.clone());
            opened = self.opening.open(&login, trusted_until).await;
        }
        match opened {
            Ok(logged_in) => {
                self.factors.accept(verified);
                Ok(logged_in)
            }
            Err(OpenError::FactorSpent) => {
                let error = self.factors.refuse_used(account, verified, &login.client.context).await?;
                Err(self.refuse(flow.id, error).await?)
            }
            Err(error) => Err(self.fail(verified, error)),
        }
    }

    /// Settles a right factor with which no session was opened.
    fn fail(&self, verified: VerifiedFactor, error: OpenError) -> SecondStepError {
        match &error {
            // The session is written, and so the factor is spent.
            OpenError::Tokens(_) => self.factors.accept(verified),
            OpenError::Store(_) => self.factors.give_up(verified, FactorOutcome::Unavailable),
            _ => self.factors.give_up(verified, FactorOutcome::Success),
        }
        match error {
            OpenError::CredentialsMoved | OpenError::ChallengeSpent => SecondStepError::ChallengeInvalid,
            error => LoginError::from(error).into(),
        }
    }

    /// Counts a wrong factor for the challenge as well.
    async fn refuse(&self, challenge: Uuid, error: FactorError) -> Result<SecondStepError, StoreError> {
        if matches!(error, FactorError::Wrong) {
            let (max_failures, now) = (self.factors.limits.max_failures, self.env.now());
            self.env.store.fail_challenge(challenge, max_failures, now).await?;
        }
        Ok(error.into())
    }

    fn trust(&self, client: &LoginClient) -> NewTrustedDevice {
        NewTrustedDevice {
            id: self.env.new_id(),
            // The hash of no token: the device is found by its id, which the signed token contains.
            hash: TokenHash(bytes(self.env.entropy.as_ref())),
            device: client.device.clone(),
            network: client.network.clone(),
            expires_at: self.env.now().plus(self.rules.trusted_device_ttl),
            replaces: None,
        }
    }
}

/// How the login has begun. A passkey never leads to a challenge.
fn method_of(challenge: &Challenge) -> LoginMethod {
    if challenge.amr.contains(Method::Federated) { LoginMethod::Federation } else { LoginMethod::Password }
}
