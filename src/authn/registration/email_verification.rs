//! Verification of an address: the link is followed, declined or sent again.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::Registration;
use super::verification::{EmailCredential, VerifyEmailError};
use crate::authn::addressee;
use crate::authn::links::{Followed, LinkRequestError, Requested};
use crate::authn::password::verification::PresentedPassword;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::one_time_token::{self, Purpose};
use crate::model::principal::ActingSession;
use crate::model::security_event::{EventKind, RequestContext};
use crate::model::stranger::StrangerKind;
use crate::secret::Secret;
use crate::store::Effects;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::account::email_address::VerifiedBy;

/// What the client sent.
#[derive(Debug)]
pub struct VerifyEmailRequest {
    pub token: Secret<String>,
    pub credential: Option<EmailCredential>,
    /// Of the caller, if someone is signed in.
    pub acting_session: Option<ActingSession>,
    pub context: RequestContext,
}

impl Registration {
    /// Verifies the address whose link was followed, if its holder also presents the password or the secret of the
    /// registration, or is signed in to the account. Returns the user.
    ///
    /// # Errors
    /// [`VerifyEmailError`]; the link still works unless it is the reason.
    pub async fn verify_email(&self, request: VerifyEmailRequest) -> Result<Uuid, VerifyEmailError> {
        if let Some(followed) = self.links.follow(Purpose::VerifyEmail, &request.token).await? {
            return self.verify_account(&followed, request).await;
        }
        let hash = one_time_token::hash(Purpose::VerifyEmail, request.token.expose());
        let pending = self.env.store.pending_registration(hash, self.env.now()).await?;
        let pending = pending.ok_or(VerifyEmailError::TokenInvalid)?;
        let credential = request.credential.ok_or(VerifyEmailError::CredentialMissing)?;
        self.pending.complete(pending, &credential, request.context).await
    }

    /// Verifies the address of an account that exists.
    async fn verify_account(
        &self,
        followed: &Followed,
        request: VerifyEmailRequest,
    ) -> Result<Uuid, VerifyEmailError> {
        let user_id = followed.account.user.id;
        if followed.email.as_ref().is_some_and(|email| *email != followed.account.user.email) {
            // The link verifies an address that the account no longer has.
            return Err(VerifyEmailError::TokenInvalid);
        }
        let session = request.acting_session.filter(|session| session.user_id == user_id);
        let (by, word, password) = match (session, &request.credential) {
            (Some(session), _) => (VerifiedBy::Session(session.session_id), "session", None),
            (None, Some(EmailCredential::Password(password))) => {
                let failure = self.env.event(EventKind::LoginFailed, request.context.clone()).about(user_id);
                let failure =
                    failure.with(json!({ "reason": "invalid_credentials", "for": "email_verification" }));
                let presented = PresentedPassword {
                    account: Some(&followed.account),
                    address: &followed.account.user.email,
                    device: None,
                    password: password.expose(),
                };
                let verified = self.verifier.verify_password(presented, failure).await?;
                let verified = verified.ok_or(VerifyEmailError::InvalidCredentials)?;
                (VerifiedBy::Password(verified.attempt), "password", Some(verified))
            }
            // An account that was created at once has no such secret.
            (None, Some(EmailCredential::RegistrationSecret(_))) => {
                return Err(VerifyEmailError::InvalidCredentials);
            }
            (None, None) => return Err(VerifyEmailError::CredentialMissing),
        };
        let event = self.env.event(EventKind::EmailVerified, request.context).about(user_id).by(user_id);
        let effects = Effects::of(event.with(json!({ "by": word })));
        let verified = self.env.store.verify_email(&followed.link, by, &effects).await?;
        if !verified {
            return Err(VerifyEmailError::TokenInvalid);
        }
        if let Some(password) = password {
            password.settled();
        }
        Ok(user_id)
    }

    /// The owner of a mailbox says that they did not register: the registration that the link belongs to is dropped. An
    /// account that exists stays, but the link no longer verifies it.
    ///
    /// # Errors
    /// [`VerifyEmailError`].
    pub async fn decline_email(
        &self,
        token: &Secret<String>,
        context: RequestContext,
    ) -> Result<(), VerifyEmailError> {
        let declined = match self.links.follow(Purpose::VerifyEmail, token).await? {
            Some(followed) => {
                let event = self.env.event(EventKind::RegistrationDeclined, context);
                let effects = Effects::of(event.about(followed.account.user.id));
                self.env.store.decline_verification(&followed.link, &effects).await?
            }
            None => {
                let hash = one_time_token::hash(Purpose::VerifyEmail, token.expose());
                self.pending.decline(hash, context).await?
            }
        };
        if declined { Ok(()) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// Sends the link again, if the address has an account or a registration that needs it. The answer does not wait for
    /// that.
    ///
    /// # Errors
    /// [`LinkRequestError`], whatever address it is.
    pub async fn resend_verification(
        self: &Arc<Self>,
        email: &str,
        context: RequestContext,
    ) -> Result<(), LinkRequestError> {
        let (email, slot) = self.links.accept_request(email).await?;
        let registration = Arc::clone(self);
        slot.spend(async move {
            if let Err(error) = registration.resend_to(&email, context).await {
                tracing::warn!(to = ?email, %error, "cannot send a verification mail");
            }
        });
        Ok(())
    }

    async fn resend_to(&self, email: &Email, context: RequestContext) -> Result<(), StoreError> {
        let event = self.env.event(EventKind::EmailVerificationRequested, context);
        let sent = match self.env.store.account_by_email(email).await? {
            Some(account) if may_verify(&account) => {
                let to = addressee::stranger(&account);
                self.links.send_requested(Requested::Verification, &to, event.clone()).await?
            }
            Some(_) => false,
            None => self.pending.resend(email, event.clone()).await?,
        };
        if sent {
            return Ok(());
        }
        self.env.store.count_stranger(StrangerKind::LinkRequestUnknown, &event.context, event.at);
        Ok(())
    }
}

fn may_verify(account: &Account) -> bool {
    account.status == Status::Active && !account.email_verified
}
