//! Proof that an address is its account's: the link, the link sent again, the link followed, the link declined.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::link::{Followed, stranger};
use super::pending_registration::OwnPasswordError;
use super::{Authn, LinkRequestError, NewPasswordError, ProofError, ResetError};
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::notice::Notice;
use crate::model::one_time_token::{self, Purpose};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::notification::{Addressee, NewLink, Unsealable};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::account::email_address::VerifiedBy;
use crate::store::account::pending_registration::AddressProof;
use crate::store::credential::one_time_token::NewOneTimeToken;
use crate::store::notification::outbox::NewMessage;
use crate::store::{Effects, StoreError};

/// What shows, beside the link, that its holder is the person who registered.
#[derive(Debug)]
pub enum EmailProof {
    Password(Secret<String>),
    /// What the answer to the registration gave to the client.
    RegistrationSecret(Secret<String>),
}

/// What the client sent.
#[derive(Debug)]
pub struct VerifyEmailRequest {
    pub token: Secret<String>,
    pub proof: Option<EmailProof>,
    /// User and session, if someone is signed in.
    pub session: Option<(Uuid, Uuid)>,
    pub context: RequestContext,
}

/// Why an address is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    #[error("the link does not work")]
    TokenInvalid,
    /// The link alone is not enough.
    #[error("neither a password nor a registration's secret came along")]
    ProofMissing,
    #[error("the password or the secret is wrong")]
    InvalidCredentials,
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error("a verification failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ProofError> for VerifyEmailError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Delayed { retry_after } => Self::Delayed { retry_after },
            ProofError::Hash(error) => Self::Password(error.into()),
            ProofError::Store(error) => Self::Store(error),
        }
    }
}

impl From<OwnPasswordError> for VerifyEmailError {
    fn from(error: OwnPasswordError) -> Self {
        match error {
            OwnPasswordError::Password(error) => Self::Password(error),
            OwnPasswordError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ResetError> for VerifyEmailError {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::Password(error) => Self::Password(error),
            ResetError::Store(error) => Self::Store(error),
            ResetError::Internal(place) => Self::Internal(place),
            // An address that is not proven has no factor that counts.
            ResetError::TokenInvalid
            | ResetError::NoSecondFactor
            | ResetError::SecondFactorRequired { .. }
            | ResetError::Factor(_) => Self::TokenInvalid,
        }
    }
}

/// Why a verification mail could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Sealing(#[from] Unsealable),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link to be written with its mail.
pub(super) struct VerificationMail {
    pub token: NewOneTimeToken,
    pub message: NewMessage,
}

impl Authn {
    /// Verifies the address whose link was followed, if its holder also shows the password or the registration's
    /// secret, or is signed in to the account. Gives back the user.
    ///
    /// # Errors
    /// [`VerifyEmailError`]; the link still works unless it is the reason.
    pub async fn verify_email(&self, request: VerifyEmailRequest) -> Result<Uuid, VerifyEmailError> {
        if let Some(followed) = self.follow(Purpose::VerifyEmail, &request.token).await? {
            return self.verify_account(&followed, request).await;
        }
        let hash = one_time_token::hash(Purpose::VerifyEmail, request.token.expose());
        let pending = self.store.pending_registration(hash, self.clock.now()).await?;
        let pending = pending.ok_or(VerifyEmailError::TokenInvalid)?;
        let proof = request.proof.ok_or(VerifyEmailError::ProofMissing)?;
        self.complete(pending, &proof, request.context).await
    }

    /// An account that was there before its address was proven.
    async fn verify_account(
        &self,
        followed: &Followed,
        request: VerifyEmailRequest,
    ) -> Result<Uuid, VerifyEmailError> {
        let user_id = followed.account.user.id;
        if followed.email.as_ref().is_some_and(|email| *email != followed.account.user.email) {
            // It proves an address that the account no longer has.
            return Err(VerifyEmailError::TokenInvalid);
        }
        let session = request.session.filter(|(user, _)| *user == user_id).map(|(_, session)| session);
        let (by, word) = match (session, &request.proof) {
            (Some(session), _) => (VerifiedBy::Session(session), "session"),
            (None, Some(EmailProof::Password(password))) => {
                let failure = self.event(EventKind::LoginFailed, request.context.clone()).about(user_id);
                let failure =
                    failure.with(json!({ "reason": "invalid_credentials", "for": "email_verification" }));
                let proven =
                    self.prove_password_from(None, &followed.account, password.expose(), failure).await?;
                let proven = proven.ok_or(VerifyEmailError::InvalidCredentials)?;
                (VerifiedBy::Password(proven.attempt), "password")
            }
            // Where an account was made at once there is no such secret.
            (None, Some(EmailProof::RegistrationSecret(_))) => {
                return Err(VerifyEmailError::InvalidCredentials);
            }
            (None, None) => return Err(VerifyEmailError::ProofMissing),
        };
        let event = self.event(EventKind::EmailVerified, request.context).about(user_id).by(user_id);
        let effects = Effects::of(event.with(json!({ "by": word })));
        let verified = self.store.verify_email(&followed.link, by, &effects).await?;
        if verified { Ok(user_id) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// The owner of a mailbox did not register: the registration whose link this is is dropped. An account that
    /// is there already stays, and the link no longer verifies it.
    ///
    /// # Errors
    /// [`VerifyEmailError`].
    pub async fn decline_email(
        &self,
        token: &Secret<String>,
        context: RequestContext,
    ) -> Result<(), VerifyEmailError> {
        let declined = match self.follow(Purpose::VerifyEmail, token).await? {
            Some(followed) => {
                let event = self.event(EventKind::RegistrationDeclined, context);
                let effects = Effects::of(event.about(followed.account.user.id));
                self.store.decline_verification(&followed.link, &effects).await?
            }
            None => {
                let hash = one_time_token::hash(Purpose::VerifyEmail, token.expose());
                self.decline_pending(hash, context).await?
            }
        };
        if declined { Ok(()) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// Proves an address by its link and sets a password of the owner's own, in place of whatever was registered
    /// for it. Gives back the user.
    ///
    /// # Errors
    /// [`VerifyEmailError`]; the link still works unless it is the reason.
    pub async fn verify_with_new_password(
        &self,
        token: &Secret<String>,
        new_password: &Secret<String>,
        context: RequestContext,
    ) -> Result<Uuid, VerifyEmailError> {
        if let Some(followed) = self.follow(Purpose::VerifyEmail, token).await? {
            // A link that verifies nothing any longer must not reset a password either: it lives longer.
            if followed.account.email_verified {
                return Err(VerifyEmailError::TokenInvalid);
            }
            return Ok(self.reset_by(followed, new_password, None, context).await?);
        }
        let link = one_time_token::hash(Purpose::VerifyEmail, token.expose());
        let pending = self.store.pending_registration(link, self.clock.now()).await?;
        let pending = pending.ok_or(VerifyEmailError::TokenInvalid)?;
        let proof = AddressProof::Registration { id: pending.id, link };
        let completed = self.complete_by_owner(pending.email, proof, new_password, context).await?;
        completed.ok_or(VerifyEmailError::TokenInvalid)
    }

    /// Sends the link again, if there is an account at this address that needs it. The answer does not
    /// wait for that.
    ///
    /// # Errors
    /// [`LinkRequestError`], whatever address it is.
    pub async fn resend_verification(
        self: Arc<Self>,
        email: &str,
        context: RequestContext,
    ) -> Result<(), LinkRequestError> {
        let (email, slot) = self.accept_link_request(email).await?;
        slot.spend(async move {
            if let Err(error) = self.resend_to(&email, context).await {
                tracing::warn!(to = ?email, %error, "a verification mail was not sent");
            }
        });
        Ok(())
    }

    async fn resend_to(&self, email: &Email, context: RequestContext) -> Result<(), SendError> {
        let event = self.event(EventKind::EmailVerificationRequested, context);
        let sent = match self.store.account_by_email(email).await? {
            Some(account) if may_verify(&account) => self.send_verification(&account, event.clone()).await?,
            Some(_) => false,
            None => self.resend_pending(email, event.clone()).await?,
        };
        if sent {
            return Ok(());
        }
        self.store.count_stranger(StrangerKind::LinkRequestUnknown, &event.context, event.at);
        Ok(())
    }

    /// `false` if nothing is sent.
    async fn send_verification(&self, account: &Account, event: SecurityEvent) -> Result<bool, SendError> {
        self.send_requested_link(Purpose::VerifyEmail, &stranger(account), event).await
    }

    pub(super) fn verification_mail(&self, to: &Addressee) -> Result<VerificationMail, Unsealable> {
        let link = self.new_link(Purpose::VerifyEmail, to);
        let expires_at = link.token.expires_at;
        let NewLink { token, url, expires_in } = link;
        let message =
            self.composer.mail_until(to, Notice::VerifyEmail { link: url, expires_in }, expires_at)?;
        Ok(VerificationMail { token, message })
    }
}

fn may_verify(account: &Account) -> bool {
    account.status == Status::Active && !account.email_verified
}
