//! Registration with e-mail and password.
//!
//! Where addresses must be verified, a registration gives the same answer, after the same hash and statements, whether the
//! address is taken or not (ASVS 5.0 §6.3.8); its owner learns the rest by mail. There, a registration is no account: it
//! waits beside others of its address until someone shows both the link, which proves the mailbox, and the password
//! or the secret of this registration (`pending_registration.rs`).

mod admission;
mod pending;
mod writing;

use uuid::Uuid;

use super::{Authn, NewPasswordError};
use crate::clock::Timestamp;
use crate::config::EmailVerification;
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

/// What came of it.
#[derive(Clone, Debug)]
pub enum RegisterOutcome {
    Registered(Registered),
    /// The address decides, by mail. Whether it was taken is not told.
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
    #[error("only who was invited may register")]
    InvitationRequired,
    #[error("the invitation is not good for this")]
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
    #[error("a registration failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A registration that may go on.
struct Applicant {
    email: Email,
    display_name: Option<String>,
    locale: Option<Locale>,
    invitation: Option<Invited>,
    accepted_terms: Option<String>,
    network: Option<String>,
    context: RequestContext,
}

struct Invited {
    hash: TokenHash,
    id: Uuid,
    roles: Roles,
}

impl Authn {
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(&self, request: RegisterRequest) -> Result<RegisterOutcome, RegisterError> {
        let password = request.password.clone();
        let applicant = self.admit_applicant(request).await?;
        let judged = self.judge(&password, &applicant.email, applicant.display_name.as_deref()).await?;
        let secretive = self.rules.email_verification == EmailVerification::Required;
        if !secretive && self.store.account_by_email(&applicant.email).await?.is_some() {
            return Err(RegisterError::EmailTaken);
        }
        let hash = self.passwords.hash(judged).await.map_err(NewPasswordError::from)?;
        if secretive && applicant.invitation.is_none() {
            return self.await_proof(&applicant, hash).await;
        }
        match self.write_account(&applicant, hash.clone()).await {
            // Also to someone who was invited, the answer does not tell.
            Err(RegisterError::EmailTaken) if secretive => self.await_proof(&applicant, hash).await,
            written => written.map(RegisterOutcome::Registered),
        }
    }
}
