//! Login with e-mail and password.
//!
//! A wrong password, an unknown address, a locked account and one that may not log in look the same, and
//! take the same work, until the right password was given (ASVS 5.0 §6.3.8).

use serde_json::json;

use super::password_proof::{ProofError, Proven};
use super::{Authn, addressee};
use crate::config::EmailVerification;
use crate::crypto::password::HashError;
use crate::delivery::Unsealable;
use crate::model::account::Status;
use crate::model::assurance::{Amr, Method};
use crate::model::device::Device;
use crate::model::email::Email;
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, Origin, SecurityEvent};
use crate::secret::Secret;
use crate::session::service::{Login, OpenError};
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::{StoreError, Trail};

/// What the client sent.
#[derive(Debug)]
pub struct LoginRequest {
    pub email: String,
    pub password: Secret<String>,
    pub device: Device,
    pub network: Option<String>,
    pub origin: Origin,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Only after the right password.
    #[error("the account is not active")]
    NotActive,
    /// Only after the right password.
    #[error("the account's address is not verified")]
    NotVerified,
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
            Self::NotActive => "not_active",
            Self::NotVerified => "not_verified",
            Self::Overloaded => "overloaded",
            Self::Internal(_) | Self::Store(_) => "unavailable",
        }
    }
}

impl From<ProofError> for LoginError {
    fn from(error: ProofError) -> Self {
        match error {
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
            OpenError::CredentialsMoved | OpenError::CeremonySpent => Self::InvalidCredentials,
            OpenError::NotActive => Self::NotActive,
            OpenError::Tokens => Self::Internal("token issuance"),
            OpenError::Store(error) => Self::Store(error),
        }
    }
}

impl Authn {
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, request: LoginRequest) -> Result<IssuedTokens, LoginError> {
        let result = self.try_login(request).await;
        let outcome = if result.is_ok() { "success" } else { "failure" };
        self.metrics.logins.with_label_values(&["password", outcome]).inc();
        if let Err(error) = &result {
            self.metrics.login_failures.with_label_values(&[error.reason()]).inc();
        }
        result
    }

    async fn try_login(&self, request: LoginRequest) -> Result<IssuedTokens, LoginError> {
        let account = match Email::parse(&request.email) {
            Ok(email) => self.store.account_by_email(&email).await?,
            Err(_) => None,
        };
        let failure = self.failure(account.as_ref(), &request.origin, &LoginError::InvalidCredentials);
        let proven = self.prove_password(account.as_ref(), request.password.expose(), failure).await?;
        let (Some(account), Some(proven)) = (account, proven) else {
            return Err(LoginError::InvalidCredentials);
        };
        if let Err(error) = self.admit(&account) {
            let failure = self.failure(Some(&account), &request.origin, &error);
            self.store.settle_attempt(proven.attempt, &Trail::of(failure)).await?;
            return Err(error);
        }
        if proven.outdated {
            self.rehash(&account, request.password.expose(), request.origin.clone()).await;
        }
        Ok(self.sessions.open(self.opening(&account, proven, request)?).await?)
    }

    /// Whether an account may log in; asked only after its password, or a passkey, was proven.
    pub(super) fn admit(&self, account: &Account) -> Result<(), LoginError> {
        if account.status != Status::Active {
            return Err(LoginError::NotActive);
        }
        if self.rules.email_verification == EmailVerification::Required && !account.email_verified {
            return Err(LoginError::NotVerified);
        }
        Ok(())
    }

    /// What the session layer is told, with the messages that its transaction may have to write.
    fn opening(&self, account: &Account, proven: Proven, request: LoginRequest) -> Result<Login, LoginError> {
        let now = self.clock.now().rfc3339();
        let place = Place { device: request.device.summary(), network: request.network.clone() };
        let to = addressee(account);
        let if_erasing = match account.erase_at {
            Some(_) => {
                let event = self.event(EventKind::ErasureCancelled, request.origin.clone());
                let event = event.about(account.user.id).by(account.user.id);
                let notice = Notice::ErasureCancelled { at: now.clone(), place: place.clone() };
                Some(Trail::of(event).telling(self.postbox.mail(&to, notice)?))
            }
            None => None,
        };
        Ok(Login {
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: Amr::of(&[Method::Password]),
            device: request.device,
            network: request.network,
            origin: request.origin,
            attempt: Some(proven.attempt),
            passkey: None,
            if_new_device: Some(self.postbox.mail(&to, Notice::NewDevice { at: now, place })?),
            if_erasing,
        })
    }

    fn failure(&self, account: Option<&Account>, origin: &Origin, error: &LoginError) -> SecurityEvent {
        let event = self.event(EventKind::LoginFailed, origin.clone());
        let mut event = event.with(json!({ "reason": error.reason() }));
        event.user_id = account.map(|account| account.user.id);
        event
    }
}
