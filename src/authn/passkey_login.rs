//! Login with a passkey alone: it tells who it is, and has asked for its own second factor.
//!
//! An unknown credential, one of somebody else and a wrong signature look the same. A password that is
//! locked does not matter: the owner is not locked out by strangers' guesses (ASVS 5.0 §6.1.1).

use serde_json::{Value, json};
use uuid::Uuid;

use super::Authn;
use super::ceremony::{CeremonyError, CeremonyPurpose};
use super::login::{Entrance, LoggedIn, LoginError};
use crate::crypto::webauthn::{Assertion, Malformed, PasskeyRecord, PasskeyRefused, UserHandle};
use crate::model::device::Device;
use crate::model::passkey::{self, CeremonyKind};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::passkey::{PasskeyUse, StoredPasskey};
use crate::store::authenticator::webauthn_ceremony::CeremonyUse;
use crate::store::session::login::SecondFactorUse;
use crate::store::{Effects, StoreError};

/// What its ceremonies are for.
const PURPOSE: CeremonyPurpose = CeremonyPurpose { kind: CeremonyKind::Passwordless, bound_to: None };

/// What the client sent.
#[derive(Debug)]
pub struct PasskeyLoginRequest {
    pub ceremony: Uuid,
    /// The answer of `navigator.credentials.get()`.
    pub credential: Value,
    pub device: Device,
    /// What a known device was given by its last login.
    pub device_token: Option<Secret<String>>,
    pub network: Option<String>,
    pub context: RequestContext,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyLoginError {
    /// Unknown, begun for something else, spent or expired: one answer.
    #[error("the ceremony cannot be finished")]
    CeremonyInvalid,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl PasskeyLoginError {
    /// The metric's label, and the reason in the audit log.
    const fn reason(&self) -> &'static str {
        match self {
            Self::CeremonyInvalid => "challenge_invalid",
            Self::Malformed(_) => "malformed",
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

/// A right assertion, and whose.
struct Asserted {
    account: Account,
    used: PasskeyUse,
    backup_eligible: bool,
}

impl Authn {
    /// Begins a login; gives the ceremony's id, and the options for the browser. Nothing is read or written.
    ///
    /// # Errors
    /// [`LoginError::Internal`].
    pub fn begin_passkey_login(&self) -> Result<(Uuid, Value), PasskeyLoginError> {
        let begun = self.begin_ceremony(PURPOSE)?;
        Ok((begun.id, self.relying_party.begin_authentication(&[], &begun.challenge)?))
    }

    /// # Errors
    /// [`PasskeyLoginError`]; then there is no session, and what was not right has not cost the ceremony.
    pub async fn login_with_passkey(
        &self,
        request: PasskeyLoginRequest,
    ) -> Result<LoggedIn, PasskeyLoginError> {
        let result = self.try_login_with_passkey(request).await;
        let outcome = if result.is_ok() { "success" } else { "failure" };
        self.metrics.logins.with_label_values(&["passkey", outcome]).inc();
        if let Err(error) = &result {
            self.metrics.login_failures.with_label_values(&[error.reason()]).inc();
        }
        result
    }

    async fn try_login_with_passkey(
        &self,
        request: PasskeyLoginRequest,
    ) -> Result<LoggedIn, PasskeyLoginError> {
        let assertion = Assertion::parse(&request.credential)?;
        let asserted = self.assert_passkey(&request, &assertion).await?;
        if let Err(error) = self.admit(&asserted.account) {
            let failure = self.passkey_failure(asserted.account.user.id, &request.context, error.reason());
            // The assertion was right, so its ceremony is over, whatever the account is like later.
            self.store.use_passkey(&asserted.used, &Effects::of(failure)).await?;
            return Err(error.into());
        }
        let (user, context) = (asserted.account.user.id, request.context.clone());
        let known = self.known_device(Some(&asserted.account), request.device_token.as_ref()).await?;
        let trusted = known.as_ref().and_then(|known| known.trust_in(&request.device));
        let trusted_for = trusted.map(|trusted| trusted.expires_at.since(self.clock.now()));
        let entrance = Entrance {
            amr: passkey::amr(asserted.backup_eligible),
            device: request.device,
            network: request.network,
            context: request.context,
            attempt: None,
            second_factor: SecondFactorUse { passkey: Some(asserted.used), ..SecondFactorUse::default() },
            known_device: self.device_id(known.as_ref()),
            device_trusted_for: trusted_for,
        };
        match self.enter(&asserted.account, entrance).await {
            // Spent by another request, or the account has changed since the assertion was compared.
            Err(LoginError::InvalidCredentials) => {
                let error = PasskeyLoginError::CeremonyInvalid;
                let failure = self.passkey_failure(user, &context, error.reason());
                self.store.record(&Effects::of(failure)).await?;
                Err(error)
            }
            entered => Ok(entered?),
        }
    }

    /// Finds out whose the assertion is, and whether it is right. What is not is recorded.
    async fn assert_passkey(
        &self,
        request: &PasskeyLoginRequest,
        assertion: &Assertion,
    ) -> Result<Asserted, PasskeyLoginError> {
        let ceremony = self.find_ceremony(PURPOSE, &assertion.challenge()).await?;
        let Some(ceremony) = ceremony.filter(|found| found.id == request.ceremony) else {
            self.store.count_stranger(StrangerKind::PasskeyUnknown, &request.context, self.clock.now());
            return Err(PasskeyLoginError::CeremonyInvalid);
        };
        // The one that the user handle names must own the credential (WebAuthn §7.2, step 6).
        let stored = match assertion.user_handle() {
            UserHandle::User(user) => self.store.passkey_of(user, assertion.credential_id()).await?,
            UserHandle::Absent | UserHandle::Strange => None,
        };
        let account = match &stored {
            Some(stored) => self.store.account_by_id(stored.user_id).await?,
            None => None,
        };
        let (Some(stored), Some(account)) = (stored, account) else {
            // As many statements as for a wrong signature.
            let at = self.clock.now();
            self.store.record_stranger(StrangerKind::PasskeyUnknown, &request.context, at).await?;
            return Err(PasskeyRefused::Failed("credential_id").into());
        };
        match self.compare_passkey(ceremony, assertion, &stored) {
            Ok((used, backup_eligible)) => Ok(Asserted { account, used, backup_eligible }),
            Err(refusal) => {
                if refusal == PasskeyRefused::CounterRegressed {
                    let (user, passkey) = (stored.user_id, Some(stored.id));
                    self.record_refusal(user, passkey, refusal, PURPOSE.kind, &request.context).await?;
                }
                Err(self.refuse_passkey(stored.user_id, request, refusal).await?)
            }
        }
    }

    fn compare_passkey(
        &self,
        ceremony: CeremonyUse,
        assertion: &Assertion,
        stored: &StoredPasskey,
    ) -> Result<(PasskeyUse, bool), PasskeyRefused> {
        let record = PasskeyRecord::parse(&stored.credential)?;
        let used = self.relying_party.finish_authentication(&assertion.challenge(), assertion, &record)?;
        Ok((self.passkey_use(ceremony, stored, &used)?, used.backup_eligible()))
    }

    async fn refuse_passkey(
        &self,
        user_id: Uuid,
        request: &PasskeyLoginRequest,
        refusal: PasskeyRefused,
    ) -> Result<PasskeyLoginError, StoreError> {
        let error = PasskeyLoginError::from(refusal);
        let mut failure = self.passkey_failure(user_id, &request.context, error.reason());
        failure.detail["check"] = json!(refusal.reason());
        self.store.record(&Effects::of(failure)).await?;
        Ok(error)
    }

    fn passkey_failure(&self, user_id: Uuid, context: &RequestContext, reason: &str) -> SecurityEvent {
        let event = self.event(EventKind::LoginFailed, context.clone());
        event.with(json!({ "reason": reason, "method": "passkey" })).about(user_id)
    }
}
