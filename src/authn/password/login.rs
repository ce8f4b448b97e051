//! Login with address and password. An account with a second factor is asked for it (`mfa/second_step.rs`).
//!
//! A wrong password, an unknown address, a locked account and one that may not log in get the same answer, after the
//! same work, until the right password was given (ASVS 5.0 §6.3.8).

use serde_json::json;

use super::Passwords;
use super::verification::{PasswordVerificationError, PresentedPassword, VerifiedPassword};
use crate::authn::devices::KnownDevice;
use crate::authn::mfa::{FirstFactor, LoginChallenge};
use crate::authn::session_opening::{LoggedIn, LoginError};
use crate::crypto::password::HashError;
use crate::model::assurance::{Amr, Method};
use crate::model::cookie_generation::Cohort;
use crate::model::email::Email;
use crate::model::factor::MfaEnforcement;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::account::pending_registration::PendingRegistration;
use crate::store::authenticator::trusted_device::TrustedDevice;
use crate::store::session::login::{AuthenticatedLogin, LoginClient, SecondFactorUse};
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::{LoginAttemptOutcome, LoginMethod};
use crate::throttle::Attempt;

/// What the client sent.
#[derive(Debug)]
pub struct LoginRequest {
    pub email: String,
    pub password: Secret<String>,
    /// The answer to a challenge.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
}

/// The answer to a right password.
#[derive(Debug)]
pub enum LoginOutcome {
    Session(Box<LoggedIn>),
    /// The second factor is asked for.
    Challenge(LoginChallenge),
}

impl From<PasswordVerificationError> for LoginError {
    fn from(error: PasswordVerificationError) -> Self {
        match error {
            PasswordVerificationError::Delayed { retry_after } => Self::Delayed { retry_after },
            PasswordVerificationError::Hash(HashError::Overloaded) => Self::Overloaded,
            PasswordVerificationError::Hash(HashError::Failed) => Self::Internal("password hashing"),
            PasswordVerificationError::Store(error) => Self::Store(error),
        }
    }
}

/// What is known of an address and a device before the password is verified.
struct Identified {
    /// In its canonical spelling, also if it is not an address.
    address: String,
    account: Option<Account>,
    /// A registration of the address that was not completed.
    pending: Option<PendingRegistration>,
    device: Option<KnownDevice>,
}

impl Passwords {
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, request: LoginRequest) -> Result<LoginOutcome, LoginError> {
        let transport = request.client.transport;
        let result = self.try_login(request).await;
        match &result {
            Ok(LoginOutcome::Session(login)) => {
                let cohort = self.env.cohort(login, transport);
                self.env.count_login(LoginMethod::Password, LoginAttemptOutcome::Success, cohort);
            }
            Ok(LoginOutcome::Challenge(_)) => {
                self.env.count_login(
                    LoginMethod::Password,
                    LoginAttemptOutcome::Challenged,
                    Cohort::NoCookies,
                );
            }
            Err(error) => self.env.count_failed_login(LoginMethod::Password, error.reason()),
        }
        result
    }

    async fn try_login(&self, request: LoginRequest) -> Result<LoginOutcome, LoginError> {
        let LoginRequest { email, password, captcha, client } = request;
        let identified = self.identify(&email, &client).await?;
        let attempt = match &identified.device {
            // A known device has failures of its own.
            Some(_) => Attempt::default(),
            None => self.env.attempt(&client.context, captcha.as_ref()).await?,
        };
        let result = self.log_in(identified, &password, client).await;
        if !matches!(result, Err(LoginError::InvalidCredentials)) {
            attempt.withdraw().await;
        }
        result
    }

    async fn log_in(
        &self,
        identified: Identified,
        password: &Secret<String>,
        client: LoginClient,
    ) -> Result<LoginOutcome, LoginError> {
        let (account, verified) = self.verify(&identified, password.expose(), &client.context).await?;
        let outcome = self.complete((account, &verified), &identified, password, client).await;
        if !matches!(outcome, Err(LoginError::Store(_) | LoginError::Internal(_))) {
            verified.settled();
        }
        outcome
    }

    /// What follows the right password.
    async fn complete(
        &self,
        (account, verified): (&Account, &VerifiedPassword),
        identified: &Identified,
        password: &Secret<String>,
        client: LoginClient,
    ) -> Result<LoginOutcome, LoginError> {
        if let Err(error) = self.opening.admit(account) {
            let failure = self.failure(Some(account), &client.context, &error);
            self.env.store.settle_attempt(verified.attempt, &Effects::of(failure)).await?;
            return Err(error);
        }
        if verified.outdated {
            self.verifier.rehash(account, password.expose(), client.context.clone()).await;
        }
        let device = identified.device.as_ref();
        let trusted = self.trusted(account, device, &client).await?;
        let mut waived = false;
        if trusted.is_none() {
            let factors = self.env.store.factors(account.user.id).await?;
            waived = factors.is_enrolled() && self.enforcement == MfaEnforcement::Off;
            if factors.is_enrolled() && !waived {
                let first = FirstFactor::password(verified.attempt);
                let challenge = self.challenges.issue(account, first, factors, &client).await?;
                return Ok(LoginOutcome::Challenge(challenge));
            }
        }
        let device = trusted.map(|trusted| trusted.id);
        let second_factor = SecondFactorUse { device, waived, ..SecondFactorUse::default() };
        let login = AuthenticatedLogin {
            account,
            amr: Amr::of(&[Method::Password]),
            client,
            attempt: Some(verified.attempt),
            second_factor,
            known_device: self.opening.device_id(identified.device.as_ref()),
            federated: None,
        };
        let logged_in = self.opening.open(&login, trusted.map(|trusted| trusted.expires_at)).await?;
        Ok(LoginOutcome::Session(Box::new(logged_in)))
    }

    /// The same statements for every address, so that the time of the answer does not tell.
    async fn identify(&self, email: &str, client: &LoginClient) -> Result<Identified, LoginError> {
        let parsed = Email::parse(email).ok();
        let address =
            parsed.as_ref().map_or_else(|| email.trim().to_lowercase(), |email| email.as_str().to_owned());
        let account = match &parsed {
            Some(email) => self.env.store.account_by_email(email).await?,
            None => None,
        };
        let pending = self.pending.find_for_login(parsed.as_ref(), &client.context).await?;
        let device = self.devices.find(account.as_ref(), client.device_token.as_ref()).await?;
        Ok(Identified { address, account, pending, device })
    }

    /// The account, if the password is right. The verified password must be kept until its attempt is settled.
    async fn verify<'a>(
        &self,
        identified: &'a Identified,
        password: &str,
        context: &RequestContext,
    ) -> Result<(&'a Account, VerifiedPassword), LoginError> {
        let Identified { address, account, pending, device } = identified;
        let failure = self.failure(account.as_ref(), context, &LoginError::InvalidCredentials);
        if let (None, Some(pending)) = (account, pending) {
            return Err(self.pending.refuse_login(pending, address, password, failure).await?);
        }
        let device = device.as_ref().map(|known| known.id);
        let presented = PresentedPassword { account: account.as_ref(), address, device, password };
        let verified = self.verifier.verify_password(presented, failure).await?;
        account.as_ref().zip(verified).ok_or(LoginError::InvalidCredentials)
    }

    /// The trust in the device, if it stands in for the second factor of this login.
    async fn trusted<'a>(
        &self,
        account: &Account,
        device: Option<&'a KnownDevice>,
        client: &LoginClient,
    ) -> Result<Option<&'a TrustedDevice>, StoreError> {
        match device.and_then(|known| known.trust_in(&client.device)) {
            Some(_) if self.opening.is_unexpected(account, &client.context).await? => Ok(None),
            trusted => Ok(trusted),
        }
    }

    fn failure(
        &self,
        account: Option<&Account>,
        context: &RequestContext,
        error: &LoginError,
    ) -> SecurityEvent {
        let event = self.env.event(EventKind::LoginFailed, context.clone());
        let mut event = event.with(json!({ "reason": error.reason().as_str() }));
        event.user_id = account.map(|account| account.user.id);
        event
    }
}
