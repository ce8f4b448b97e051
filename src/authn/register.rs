//! Registration with e-mail and password.
//!
//! Where addresses must be verified, a registration gives the same answer, after the same hash and statements, whether the
//! address is taken or not (ASVS 5.0 §6.3.8); its owner learns the rest by mail. There, an account that nobody
//! has proven to own belongs to whoever registered last: the password that a link in a mail makes good is the one
//! that was chosen with it, never one that a stranger left behind.

mod admission;
mod writing;

use uuid::Uuid;

use super::{Authn, NewPasswordError};
use crate::clock::Timestamp;
use crate::config::EmailVerification;
use crate::model::account::Roles;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::one_time_token::TokenHash;
use crate::model::security_event::Origin;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;

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
    pub origin: Origin,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum RegisterOutcome {
    Registered(Registered),
    /// The address decides, by mail. Whether it was taken is not told.
    VerificationSent,
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
    origin: Origin,
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
        let owner = self.store.account_by_email(&applicant.email).await?;
        let secretive = self.rules.email_verification == EmailVerification::Required;
        if owner.is_some() && !secretive {
            return Err(RegisterError::EmailTaken);
        }
        // A taken address costs the hash as well.
        let hash = self.passwords.hash(judged).await.map_err(NewPasswordError::from)?;
        if !secretive {
            return self.write_account(&applicant, hash).await.map(RegisterOutcome::Registered);
        }
        match self.write_unseen(&applicant, owner, hash).await? {
            Some(registered) if applicant.invitation.is_some() => Ok(RegisterOutcome::Registered(registered)),
            _ => Ok(RegisterOutcome::VerificationSent),
        }
    }

    /// A registration whose answer must not tell whether the address was taken. `None` where its owner was
    /// told instead.
    async fn write_unseen(
        &self,
        applicant: &Applicant,
        owner: Option<Account>,
        hash: String,
    ) -> Result<Option<Registered>, RegisterError> {
        let owner = match owner {
            Some(owner) => owner,
            None => match self.write_account(applicant, hash.clone()).await {
                // Taken since it was looked up: that registration was the earlier one.
                Err(RegisterError::EmailTaken) => {
                    let owner = self.store.account_by_email(&applicant.email).await?;
                    owner.ok_or(RegisterError::Internal("an address that was taken and free at once"))?
                }
                written => return written.map(Some),
            },
        };
        match self.write_over(applicant, &owner, hash.clone()).await {
            Err(RegisterError::EmailTaken) => self.tell_owner(applicant, &owner, hash).await.map(|()| None),
            written => written.map(Some),
        }
    }
}
