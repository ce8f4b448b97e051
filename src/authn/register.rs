//! Registration with e-mail and password.

use serde_json::json;
use uuid::Uuid;

use super::Authn;
use crate::clock::Timestamp;
use crate::config::Registration;
use crate::crypto::password::HashError;
use crate::entropy::uuid_v7;
use crate::model::account::{Role, Roles};
use crate::model::device::plain_text;
use crate::model::email::Email;
use crate::model::password_policy::{self, PreparedPassword, Weakness};
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::store::account::NewAccount;
use crate::store::{StoreError, Trail};

/// What the client sent.
#[derive(Debug)]
pub struct RegisterRequest {
    pub email: String,
    pub password: Secret<String>,
    pub display_name: Option<String>,
    pub origin: Origin,
}

/// The new account.
#[derive(Clone, Debug)]
pub struct Registered {
    pub id: Uuid,
    pub email: String,
    pub display_name: Option<String>,
    pub roles: Roles,
    pub created_at: Timestamp,
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("registration is closed")]
    Closed,
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("the password may not be chosen ({})", .0.code())]
    WeakPassword(Weakness),
    #[error("the address is taken")]
    EmailTaken,
    #[error("too many passwords at the moment")]
    Overloaded,
    #[error("a registration failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for RegisterError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("password hashing"),
        }
    }
}

impl Authn {
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, request: RegisterRequest) -> Result<Registered, RegisterError> {
        if self.rules.registration != Registration::Open {
            return Err(RegisterError::Closed);
        }
        let email = Email::parse(&request.email).map_err(|_| RegisterError::InvalidEmail)?;
        let display_name = request.display_name.as_deref().map(plain_text).filter(|name| !name.is_empty());
        let password = self.judge(&request.password, &email, display_name.clone()).await?;
        let password_hash = self.passwords.hash(password).await?;
        let now = self.clock.now();
        let new = NewAccount {
            id: uuid_v7(self.entropy.as_ref(), now),
            email,
            display_name,
            locale: None,
            roles: Roles::of(&[Role::User]),
            email_verified: false,
            password_must_change: false,
            password_hash: Some(password_hash),
            at: now,
        };
        let event =
            self.event(EventKind::AccountRegistered, request.origin).about(new.id).by(new.id).with(json!({}));
        match self.store.create_account(&new, &Trail::of(event)).await {
            Ok(()) => Ok(Registered {
                id: new.id,
                email: new.email.as_str().to_owned(),
                display_name: new.display_name,
                roles: new.roles,
                created_at: now,
            }),
            Err(StoreError::Duplicate) => Err(RegisterError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Judging takes milliseconds of a core: it must not hold up the queries of others.
    async fn judge(
        &self,
        password: &Secret<String>,
        email: &Email,
        display_name: Option<String>,
    ) -> Result<PreparedPassword, RegisterError> {
        let (password, email, min_length) = (password.clone(), email.clone(), self.password_min_length);
        let judged = tokio::task::spawn_blocking(move || {
            let prepared = PreparedPassword::prepare(password.expose())?;
            password_policy::check(&prepared, min_length, &email, display_name.as_deref()).map(|()| prepared)
        });
        match judged.await {
            Ok(judged) => judged.map_err(RegisterError::WeakPassword),
            Err(_) => Err(RegisterError::Internal("password policy")),
        }
    }
}
