//! Login with e-mail and password.
//!
//! A wrong password, an unknown address and an account that may not log in look the same, and take the
//! same work, until the right password was given (ASVS 5.0 §6.3.8).

use serde_json::json;

use super::Authn;
use crate::crypto::password::{HashError, Verification};
use crate::model::account::Status;
use crate::model::assurance::{Amr, Method};
use crate::model::device::Device;
use crate::model::email::Email;
use crate::model::password_policy::PreparedPassword;
use crate::model::security_event::{EventKind, Origin};
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
    #[error("too many logins at the moment")]
    Overloaded,
    #[error("a login failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoginError {
    /// The metric's label.
    const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::NotActive => "not_active",
            Self::Overloaded => "overloaded",
            Self::Internal(_) | Self::Store(_) => "unavailable",
        }
    }
}

impl From<HashError> for LoginError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("password hashing"),
        }
    }
}

impl From<OpenError> for LoginError {
    fn from(error: OpenError) -> Self {
        match error {
            // The password that was right a moment ago is not any more.
            OpenError::CredentialsMoved => Self::InvalidCredentials,
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
        let Some((account, outdated)) = self.prove(account.as_ref(), request.password.expose()).await? else {
            return self.refuse(account.as_ref(), request.origin, LoginError::InvalidCredentials).await;
        };
        if account.status != Status::Active {
            return self.refuse(Some(account), request.origin, LoginError::NotActive).await;
        }
        if outdated {
            self.rehash(account, request.password.expose(), request.origin.clone()).await;
        }
        let login = Login {
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: Amr::of(&[Method::Password]),
            device: request.device,
            network: request.network,
            origin: request.origin,
        };
        Ok(self.sessions.open(login).await?)
    }

    /// The account if the password is its own, and whether its hash is outdated. Whatever is missing or
    /// malformed, one password is hashed.
    async fn prove<'a>(
        &self,
        account: Option<&'a Account>,
        password: &str,
    ) -> Result<Option<(&'a Account, bool)>, LoginError> {
        let stored = account.and_then(|account| account.password_hash.as_deref());
        let verification = match PreparedPassword::prepare(password) {
            Ok(password) => self.passwords.verify(password, stored).await?,
            // No stored password can be this one; "x" stands in for the work.
            Err(_) => match PreparedPassword::prepare("x") {
                Ok(stand_in) => self.passwords.verify(stand_in, None).await?,
                Err(_) => Verification::Mismatch,
            },
        };
        Ok(match (account, stored, verification) {
            (Some(account), Some(_), Verification::Match { outdated }) => Some((account, outdated)),
            _ => None,
        })
    }

    async fn refuse(
        &self,
        account: Option<&Account>,
        origin: Origin,
        error: LoginError,
    ) -> Result<IssuedTokens, LoginError> {
        let mut event = self.event(EventKind::LoginFailed, origin).with(json!({ "reason": error.reason() }));
        event.user_id = account.map(|account| account.user.id);
        self.store.record(&Trail::of(event)).await?;
        Err(error)
    }

    /// Brings the stored hash up to today's parameters. A failure costs nothing but another try at the
    /// next login.
    async fn rehash(&self, account: &Account, password: &str, origin: Origin) {
        let Some(old) = &account.password_hash else { return };
        let Ok(password) = PreparedPassword::prepare(password) else {
            return;
        };
        let event = self.event(EventKind::PasswordRehashed, origin).about(account.user.id);
        let replaced = match self.passwords.hash(password).await {
            Ok(new) => {
                self.store.replace_hash(account.user.id, old, &new, &Trail::of(event)).await.map(|_| ())
            }
            Err(error) => Err(StoreError::Other(error.to_string())),
        };
        if let Err(error) = replaced {
            tracing::warn!(user_id = %account.user.id, %error, "an outdated password hash was kept");
        }
    }
}
