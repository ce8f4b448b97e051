//! Proof that an address is its account's: the link, the link sent again, the link followed.

use std::sync::Arc;

use serde_json::json;

use super::link::stranger;
use super::{Authn, LinkRequestError};
use crate::delivery::{Addressee, NewLink, Unsealable};
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::notice::Notice;
use crate::model::one_time_token::Purpose;
use crate::model::security_event::{EventKind, Origin, SecurityEvent};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::one_time_token::NewOneTimeToken;
use crate::store::outbox::NewMessage;
use crate::store::{StoreError, Trail};

/// Why an address is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    #[error("the link does not work")]
    TokenInvalid,
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// Follows the link of a verification mail.
    ///
    /// # Errors
    /// [`VerifyEmailError`].
    pub async fn verify_email(&self, token: &Secret<String>, origin: Origin) -> Result<(), VerifyEmailError> {
        let followed = self.follow(Purpose::VerifyEmail, token).await?;
        let followed = followed.ok_or(VerifyEmailError::TokenInvalid)?;
        let user_id = followed.account.user.id;
        let event = self.event(EventKind::EmailVerified, origin).about(user_id);
        let verified = self.store.verify_email(&followed.link, &Trail::of(event)).await?;
        if verified { Ok(()) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// Sends the link again, if there is an account at this address that needs it. The answer does not
    /// wait for that.
    ///
    /// # Errors
    /// [`LinkRequestError`], whatever address it is.
    pub async fn resend_verification(
        self: Arc<Self>,
        email: &str,
        origin: Origin,
    ) -> Result<(), LinkRequestError> {
        let (email, slot) = self.accept_link_request(email).await?;
        slot.spend(async move {
            if let Err(error) = self.resend_to(&email, origin).await {
                tracing::warn!(to = ?email, %error, "a verification mail was not sent");
            }
        });
        Ok(())
    }

    async fn resend_to(&self, email: &Email, origin: Origin) -> Result<(), SendError> {
        let account = self.store.account_by_email(email).await?;
        let event = self.event(EventKind::EmailVerificationRequested, origin);
        if let Some(account) = account.filter(|account| self.may_verify(account))
            && self.send_verification(&account, event.clone()).await?
        {
            return Ok(());
        }
        Ok(self.store.record(&Trail::of(event.with(json!({ "sent": false })))).await?)
    }

    pub(super) fn may_verify(&self, account: &Account) -> bool {
        account.status == Status::Active && !account.email_verified
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
            self.postbox.mail_until(to, Notice::VerifyEmail { link: url, expires_in }, expires_at)?;
        Ok(VerificationMail { token, message })
    }
}
