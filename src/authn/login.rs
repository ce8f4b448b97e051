//! Login with e-mail and password; who has a second factor is asked for it (`second_step.rs`).
//!
//! A wrong password, an unknown address, a locked account and one that may not log in look the same, and
//! take the same work, until the right password was given (ASVS 5.0 §6.3.8).

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::known_device::owner_of;
use super::password_proof::{Presented, ProofError};
use super::second_step::LoginChallenge;
use super::{Authn, addressee, retry_after};
use crate::config::EmailVerification;
use crate::crypto::password::HashError;
use crate::model::account::Status;
use crate::model::assurance::{Amr, Method};
use crate::model::device::Device;
use crate::model::email::Email;
use crate::model::notice::{DeviceName, Notice, Place};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::Unsealable;
use crate::secret::Secret;
use crate::session::service::{Login, OpenError};
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::credential::password_attempt::Reservation;
use crate::store::session::login::SecondFactorUse;
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct LoginRequest {
    pub email: String,
    pub password: Secret<String>,
    pub device: Device,
    /// What a known device was given by its last login.
    pub device_token: Option<Secret<String>>,
    pub network: Option<String>,
    pub context: RequestContext,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum LoginOutcome {
    Session(Box<LoggedIn>),
    /// The second factor is asked for.
    Challenge(LoginChallenge),
}

/// A login that is complete.
#[derive(Debug)]
pub struct LoggedIn {
    pub tokens: IssuedTokens,
    /// Makes the device a known one; it takes the place of the one that was sent.
    pub device_token: Secret<String>,
    /// How much longer the device stands in for the second factor, if it does.
    pub device_trusted_for: Option<Duration>,
}

/// A proven login on its way to a session.
pub(super) struct Entrance {
    pub amr: Amr,
    pub device: Device,
    pub network: Option<String>,
    pub context: RequestContext,
    /// The attempt at the password that was right, if it was one.
    pub attempt: Option<Reservation>,
    pub second_factor: SecondFactorUse,
    /// The device that the login makes known, or that was known before.
    pub known_device: Uuid,
    pub device_trusted_for: Option<Duration>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Unknown devices have to wait, whatever address it is.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    /// Only after the right password.
    #[error("the account is not active")]
    NotActive,
    /// Only after the right password.
    #[error("the account's address is not verified")]
    NotVerified,
    /// Only after the right password.
    #[error("an administrator has reset the second factors; wait {retry_after} seconds")]
    ResetPending { retry_after: u32 },
    #[error("too many logins at the moment")]
    Overloaded,
    #[error("a login failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoginError {
    /// The metric's label, and the reason in the audit log.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::Delayed { .. } => "rate_limited",
            Self::NotActive => "not_active",
            Self::NotVerified => "not_verified",
            Self::ResetPending { .. } => "mfa_reset_pending",
            Self::Overloaded => "overloaded",
            Self::Internal(_) | Self::Store(_) => "unavailable",
        }
    }
}

impl From<ProofError> for LoginError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Delayed { retry_after } => Self::Delayed { retry_after },
            ProofError::Hash(HashError::Overloaded) => Self::Overloaded,
            ProofError::Hash(HashError::Failed) => Self::Internal("password hashing"),
            ProofError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Unsealable> for LoginError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("composing a message")
    }
}

impl From<OpenError> for LoginError {
    fn from(error: OpenError) -> Self {
        match error {
            // The password that was right a moment ago is not any more.
            OpenError::CredentialsMoved | OpenError::ChallengeSpent => Self::InvalidCredentials,
            OpenError::NotActive => Self::NotActive,
            OpenError::Tokens => Self::Internal("token issuance"),
            OpenError::Store(error) => Self::Store(error),
        }
    }
}

impl Authn {
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, request: LoginRequest) -> Result<LoginOutcome, LoginError> {
        let result = self.try_login(request).await;
        let outcome = match &result {
            Ok(LoginOutcome::Session(_)) => "success",
            Ok(LoginOutcome::Challenge(_)) => "challenged",
            Err(error) => {
                self.metrics.login_failures.with_label_values(&[error.reason()]).inc();
                "failure"
            }
        };
        self.metrics.logins.with_label_values(&["password", outcome]).inc();
        result
    }

    async fn try_login(&self, request: LoginRequest) -> Result<LoginOutcome, LoginError> {
        let email = Email::parse(&request.email).ok();
        let address = email
            .as_ref()
            .map_or_else(|| request.email.trim().to_lowercase(), |email| email.as_str().to_owned());
        let account = match &email {
            Some(email) => self.store.account_by_email(email).await?,
            None => None,
        };
        let pending = self.pending_login(email.as_ref(), &request.context).await?;
        let known = self.known_device(account.as_ref(), request.device_token.as_ref()).await?;
        let device = known.as_ref().map(|known| known.id);
        let failure = self.failure(account.as_ref(), &request.context, &LoginError::InvalidCredentials);
        let password = request.password.expose();
        if let (None, Some(pending)) = (&account, &pending) {
            return Err(self.refuse_pending_login(pending, &address, password, failure).await?);
        }
        let presented = Presented { account: account.as_ref(), address: &address, device, password };
        let proven = self.prove(presented, failure).await?;
        let (Some(account), Some(proven)) = (account, proven) else {
            return Err(LoginError::InvalidCredentials);
        };
        if let Err(error) = self.admit(&account) {
            let failure = self.failure(Some(&account), &request.context, &error);
            self.store.settle_attempt(proven.attempt, &Effects::of(failure)).await?;
            return Err(error);
        }
        if proven.outdated {
            self.rehash(&account, request.password.expose(), request.context.clone()).await;
        }
        let trusted = known.as_ref().and_then(|known| known.trust_in(&request.device));
        let trusted = match trusted {
            Some(_) if self.doubts(&account, &request.context).await? => None,
            trusted => trusted,
        };
        if trusted.is_none() {
            let factors = self.store.factors(account.user.id).await?;
            if factors.is_enrolled() {
                let challenge = self.challenge(&account, proven, factors, &request).await?;
                return Ok(LoginOutcome::Challenge(challenge));
            }
        }
        let entrance = Entrance {
            amr: Amr::of(&[Method::Password]),
            device: request.device,
            network: request.network,
            context: request.context,
            attempt: Some(proven.attempt),
            second_factor: SecondFactorUse {
                device: trusted.map(|trusted| trusted.id),
                ..SecondFactorUse::default()
            },
            known_device: self.device_id(known.as_ref()),
            device_trusted_for: trusted.map(|trusted| trusted.expires_at.since(self.clock.now())),
        };
        Ok(LoginOutcome::Session(Box::new(self.enter(&account, entrance).await?)))
    }

    /// Whether a login comes from where it is not to be expected, so that no device stands in for the factor.
    async fn doubts(&self, account: &Account, context: &RequestContext) -> Result<bool, StoreError> {
        Ok(self.anomalies.step_up && self.anomaly(account, context).await?.is_some())
    }

    /// Whether an account may log in; asked only after its first factor was proven.
    pub(super) fn admit(&self, account: &Account) -> Result<(), LoginError> {
        if account.status != Status::Active {
            return Err(LoginError::NotActive);
        }
        if self.rules.email_verification == EmailVerification::Required && !account.email_verified {
            return Err(LoginError::NotVerified);
        }
        let now = self.clock.now();
        if let Some(until) = account.mfa_reset_until.filter(|until| *until > now) {
            return Err(LoginError::ResetPending { retry_after: retry_after(until.since(now)) });
        }
        Ok(())
    }

    /// Opens the session of a proven login, with the messages that its transaction may have to write, and makes the
    /// device a known one.
    pub(super) async fn enter(&self, account: &Account, entrance: Entrance) -> Result<LoggedIn, LoginError> {
        let (known_device, device_trusted_for) = (entrance.known_device, entrance.device_trusted_for);
        let lookout = self.lookout(account, &entrance.device, entrance.network.clone(), &entrance.context)?;
        let if_erasing = match account.erase_at {
            Some(_) => {
                let event = self.event(EventKind::ErasureCancelled, entrance.context.clone());
                let event = event.about(account.user.id).by(account.user.id);
                let place =
                    Place { device: DeviceName::of(&entrance.device), network: entrance.network.clone() };
                let notice = Notice::ErasureCancelled { at: self.clock.now(), place };
                Some(Effects::of(event).telling(self.composer.mail(&addressee(account), notice)?))
            }
            None => None,
        };
        let login = Login {
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: entrance.amr,
            device: entrance.device,
            network: entrance.network,
            context: entrance.context,
            known_device: Some(known_device),
            attempt: entrance.attempt,
            second_factor: entrance.second_factor,
            lookout,
            if_erasing,
        };
        let tokens = self.sessions.open(login).await?;
        let device_token = self.device_token(owner_of(Some(account)), known_device);
        Ok(LoggedIn { tokens, device_token, device_trusted_for })
    }

    fn failure(
        &self,
        account: Option<&Account>,
        context: &RequestContext,
        error: &LoginError,
    ) -> SecurityEvent {
        let event = self.event(EventKind::LoginFailed, context.clone());
        let mut event = event.with(json!({ "reason": error.reason() }));
        event.user_id = account.map(|account| account.user.id);
        event
    }
}
