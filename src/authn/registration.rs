//! Registration with address and password.
//!
//! If addresses must be verified, a registration gets the same answer, after the same hash and statements, whether the
//! address is taken or not (ASVS 5.0 §6.3.8); the owner of the address learns the rest by mail. Such a registration is not
//! an account yet. It waits, beside others of the same address, until someone presents both the link, which verifies the
//! address, and the password or the secret of this registration (`registration/pending.rs`).

mod account;
mod admission;
mod consent;
mod email_verification;
mod pending;
mod verification;
mod waiting;

use std::sync::Arc;

use uuid::Uuid;

pub use email_verification::VerifyEmailRequest;
pub use verification::{EmailCredential, VerifyEmailError};

pub(super) use consent::{TERMS, terms_consent};
pub(super) use pending::PendingRegistrations;
pub(super) use verification::OwnPasswordError;

use super::environment::FlowEnvironment;
use super::links::Links;
use super::new_password::{self, NewPasswordError};
use super::password::verification::PasswordVerifier;
use crate::clock::Timestamp;
use crate::config::{Accounts, EmailVerification};
use crate::crypto::password::PasswordPool;
use crate::model::account::Roles;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::one_time_token::TokenHash;
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::StoreError;

/// What the client sent.
#[derive(Debug)]
pub struct RegisterRequest {
    pub email: String,
    pub password: Secret<String>,
    pub display_name: Option<String>,
    pub invitation_token: Option<Secret<String>>,
    /// The version of the terms that the person has accepted.
    pub accepted_terms: Option<String>,
    pub locale: Option<String>,
    /// The client's masked network: kept with the consent.
    pub network: Option<String>,
    pub context: RequestContext,
}

/// The answer to a registration.
#[derive(Clone, Debug)]
pub enum RegisterOutcome {
    Registered(Registered),
    /// A mail was sent. Whether the address was taken is not told.
    VerificationSent {
        registration_secret: Secret<String>,
    },
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
    #[error("registration requires an invitation")]
    InvitationRequired,
    #[error("the invitation does not work for this registration")]
    InvitationInvalid,
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("not a language tag")]
    InvalidLocale,
    #[error("the terms in force must be accepted")]
    TermsNotAccepted,
    #[error("too long for a version of terms")]
    InvalidTerms,
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error("the address is taken")]
    EmailTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A registration that is admitted.
struct Applicant {
    email: Email,
    display_name: Option<String>,
    locale: Option<Locale>,
    invitation: Option<Invited>,
    accepted_terms: Option<String>,
    network: Option<String>,
    context: RequestContext,
}

/// The invitation that a registration accepts.
struct Invited {
    hash: TokenHash,
    id: Uuid,
    roles: Roles,
}

/// The service for registrations: made, verified, declined, and their mails repeated.
pub struct Registration {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) rules: Accounts,
    pub(super) hashing: Arc<PasswordPool>,
    pub(super) verifier: Arc<PasswordVerifier>,
    pub(super) links: Arc<Links>,
    pub(super) pending: Arc<PendingRegistrations>,
}

impl Registration {
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, request: RegisterRequest) -> Result<RegisterOutcome, RegisterError> {
        let password = request.password.clone();
        let applicant = self.admit(request).await?;
        let name = applicant.display_name.as_deref();
        let checked = new_password::check_policy(&self.hashing, &password, &applicant.email, name).await?;
        let must_verify = self.rules.email_verification == EmailVerification::Required;
        if !must_verify && self.env.store.account_by_email(&applicant.email).await?.is_some() {
            return Err(RegisterError::EmailTaken);
        }
        let hash = self.hashing.hash(checked).await.map_err(NewPasswordError::from)?;
        if must_verify && applicant.invitation.is_none() {
            return self.await_verification(&applicant, hash).await;
        }
        match self.write_account(&applicant, hash.clone()).await {
            // The answer does not tell someone who was invited either.
            Err(RegisterError::EmailTaken) if must_verify => self.await_verification(&applicant, hash).await,
            written => written.map(RegisterOutcome::Registered),
        }
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Registration")
    }
}
