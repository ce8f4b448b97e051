//! Login with a passkey alone, which identifies the user and has verified them by itself, by a PIN or biometrics.
//!
//! An unknown credential, that of another user and a wrong signature get the same answer. A locked password does not
//! matter, so that strangers who guess do not lock the owner out (ASVS 5.0 §6.1.1).

use serde_json::{Value, json};
use uuid::Uuid;

use super::Passkeys;
use super::ceremony::{CeremonyError, CeremonyPurpose};
use crate::authn::session_opening::{LoggedIn, LoginError};
use crate::crypto::webauthn::{Assertion, Malformed, PasskeyRefused, UserHandle};
use crate::model::assurance::Amr;
use crate::model::passkey::{self, CeremonyKind};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::passkey::PasskeyUse;
use crate::store::credential::reauthentication::{FactorSpending, SpentFactor};
use crate::store::session::login::{AuthenticatedLogin, LoginClient, SecondFactorUse};
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::{LoginAttemptOutcome, LoginFailureReason, LoginMethod};
use crate::throttle::Attempt;

/// The purpose of its ceremonies.
const PURPOSE: CeremonyPurpose = CeremonyPurpose { kind: CeremonyKind::Passwordless, bound_to: None };

/// What the client sent.
#[derive(Debug)]
pub struct PasskeyLoginRequest {
    pub ceremony: Uuid,
    /// The answer of `navigator.credentials.get()`.
    pub credential: Value,
    /// The answer to a challenge of the network's limits.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyLoginError {
    /// The ceremony is unknown, for another purpose, spent or expired: one answer for all of them.
    #[error("the ceremony cannot be finished")]
    CeremonyInvalid,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl PasskeyLoginError {
    /// The label of the metric, and the reason in the security event.
    const fn reason(&self) -> LoginFailureReason {
        match self {
            Self::CeremonyInvalid => LoginFailureReason::ChallengeInvalid,
            Self::Malformed(_) => LoginFailureReason::Malformed,
            Self::Login(error) => error.reason(),
        }
    }
}

impl From<StoreError> for PasskeyLoginError {
    fn from(error: StoreError) -> Self {
        Self::Login(LoginError::Store(error))
    }
}

impl From<CeremonyError> for PasskeyLoginError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Sealing => Self::Login(LoginError::Internal("sealing a ceremony")),
            CeremonyError::Store(error) => error.into(),
        }
    }
}

impl From<PasskeyRefused> for PasskeyLoginError {
    fn from(refusal: PasskeyRefused) -> Self {
        Self::Login(match refusal {
            PasskeyRefused::Damaged => LoginError::Internal("a stored passkey"),
            PasskeyRefused::Failed(_) | PasskeyRefused::CounterRegressed => LoginError::InvalidCredentials,
        })
    }
}

/// A right assertion, and the account that it belongs to.
struct Asserted {
    account: Account,
    used: PasskeyUse,
    backup_eligible: bool,
}

impl Passkeys {
    /// Begins a login; gives the ceremony's id, and the options for the browser. Nothing is read or written.
    ///
    /// # Errors
    /// [`LoginError::Internal`].
    pub fn begin_login(&self) -> Result<(Uuid, Value), PasskeyLoginError> {
        let begun = self.verifier.ceremonies.begin(PURPOSE)?;
        Ok((begun.id, self.verifier.relying_party.begin_authentication(&[], &begun.challenge)?))
    }

    /// # Errors
    /// [`PasskeyLoginError`]; then there is no session, and a wrong assertion has not spent the ceremony.
    pub async fn login(&self, request: PasskeyLoginRequest) -> Result<LoggedIn, PasskeyLoginError> {
        let transport = request.client.transport;
        let result = self.try_login(request).await;
        match &result {
            Ok(login) => {
                let cohort = self.env.cohort(login, transport);
                self.env.count_login(LoginMethod::Passkey, LoginAttemptOutcome::Success, cohort);
            }
            Err(error) => self.env.count_failed_login(LoginMethod::Passkey, error.reason()),
        }
        result
    }

    async fn try_login(&self, request: PasskeyLoginRequest) -> Result<LoggedIn, PasskeyLoginError> {
        let assertion = Assertion::parse(&request.credential)?;
        let attempt = self.attempt(&request, &assertion).await?;
        let result = self.log_in(request, &assertion).await;
        let is_failure = matches!(
            result,
            Err(PasskeyLoginError::CeremonyInvalid | PasskeyLoginError::Login(LoginError::InvalidCredentials))
        );
        if !is_failure {
            attempt.withdraw().await;
        }
        result
    }

    /// Counts the attempt for the client's network, unless the account knows the device.
    async fn attempt(
        &self,
        request: &PasskeyLoginRequest,
        assertion: &Assertion,
    ) -> Result<Attempt, PasskeyLoginError> {
        let client = &request.client;
        if let (UserHandle::User(user), Some(token)) = (assertion.user_handle(), &client.device_token) {
            let account = self.env.store.account_by_id(user).await?;
            if self.devices.find(account.as_ref(), Some(token)).await?.is_some() {
                return Ok(Attempt::default());
            }
        }
        let attempt = self.env.attempt(&client.context, request.captcha.as_ref()).await;
        Ok(attempt.map_err(LoginError::from)?)
    }

    async fn log_in(
        &self,
        request: PasskeyLoginRequest,
        assertion: &Assertion,
    ) -> Result<LoggedIn, PasskeyLoginError> {
        let Asserted { account, used, backup_eligible } = self.verify(&request, assertion).await?;
        let (user_id, client, amr) = (account.user.id, request.client, passkey::amr(backup_eligible));
        if let Err(error) = self.admit(&account, amr) {
            let failure = self.failure(user_id, &client.context, error.reason());
            // The assertion was right, so its ceremony is spent, however the account may change later.
            self.env.store.use_passkey(&used, &Effects::of(failure)).await?;
            return Err(error.into());
        }
        let known = self.devices.find(Some(&account), client.device_token.as_ref()).await?;
        let trusted = known.as_ref().and_then(|known| known.trust_in(&client.device));
        let trusted_until = trusted.map(|trusted| trusted.expires_at);
        let login = AuthenticatedLogin {
            account: &account,
            amr,
            attempt: None,
            second_factor: SecondFactorUse {
                factor: Some(FactorSpending { factor: SpentFactor::Passkey(used), attempt: None }),
                ..SecondFactorUse::default()
            },
            known_device: self.opening.device_id(known.as_ref()),
            federated: None,
            client,
        };
        match self.opening.open(&login, trusted_until).await.map_err(LoginError::from) {
            // Another request has spent the ceremony, or the account has changed since the assertion was compared.
            Err(LoginError::InvalidCredentials) => {
                let error = PasskeyLoginError::CeremonyInvalid;
                let failure = self.failure(user_id, &login.client.context, error.reason());
                self.env.store.record(&Effects::of(failure)).await?;
                Err(error)
            }
            opened => Ok(opened?),
        }
    }

    /// In an account that was secured the passkey may be an intruder's. It gets the answer to an unknown one, so that the
    /// intruder does not learn that the owner has noticed.
    fn admit(&self, account: &Account, amr: Amr) -> Result<(), LoginError> {
        if !account.credentials.admits(amr) {
            return Err(LoginError::InvalidCredentials);
        }
        self.opening.admit(account)
    }

    /// Finds the passkey of an assertion and compares them. A wrong assertion is recorded.
    async fn verify(
        &self,
        request: &PasskeyLoginRequest,
        assertion: &Assertion,
    ) -> Result<Asserted, PasskeyLoginError> {
        let ceremony = self.verifier.ceremonies.find(PURPOSE, &assertion.challenge()).await?;
        let Some(ceremony) = ceremony.filter(|found| found.id == request.ceremony) else {
            self.env.store.count_stranger(
                StrangerKind::PasskeyUnknown,
                &request.client.context,
                self.env.now(),
            );
            return Err(PasskeyLoginError::CeremonyInvalid);
        };
        // The user whom the handle names must own the credential (WebAuthn §7.2, step 6).
        let stored = match assertion.user_handle() {
            UserHandle::User(user) => self.env.store.passkey_of(user, assertion.credential_id()).await?,
            UserHandle::Absent | UserHandle::Strange => None,
        };
        let account = match &stored {
            Some(stored) => self.env.store.account_by_id(stored.user_id).await?,
            None => None,
        };
        let (Some(stored), Some(account)) = (stored, account) else {
            // As many statements as for a wrong signature.
            let at = self.env.now();
            self.env.store.record_stranger(StrangerKind::PasskeyUnknown, &request.client.context, at).await?;
            return Err(PasskeyRefused::Failed("credential_id").into());
        };
        match self.verifier.compare_with(ceremony, assertion, &stored) {
            Ok((used, backup_eligible)) => Ok(Asserted { account, used, backup_eligible }),
            Err(refusal) => {
                if refusal == PasskeyRefused::CounterRegressed {
                    let (user, passkey) = (stored.user_id, Some(stored.id));
                    self.verifier
                        .record_refusal(user, passkey, refusal, PURPOSE.kind, &request.client.context)
                        .await?;
                }
                Err(self.refuse(stored.user_id, request, refusal).await?)
            }
        }
    }

    async fn refuse(
        &self,
        user_id: Uuid,
        request: &PasskeyLoginRequest,
        refusal: PasskeyRefused,
    ) -> Result<PasskeyLoginError, StoreError> {
        let error = PasskeyLoginError::from(refusal);
        let mut failure = self.failure(user_id, &request.client.context, error.reason());
        failure.detail["check"] = json!(refusal.reason());
        self.env.store.record(&Effects::of(failure)).await?;
        Ok(error)
    }

    fn failure(&self, user_id: Uuid, context: &RequestContext, reason: LoginFailureReason) -> SecurityEvent {
        let event = self.env.event(EventKind::LoginFailed, context.clone());
        event.with(json!({ "reason": reason.as_str(), "method": "passkey" })).about(user_id)
    }
}
