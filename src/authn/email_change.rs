//! A move to another address: asked for in a session, confirmed from the new address, told to the old one
//! (ASVS 5.0 §6.3.7).

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::email_verification::SendError;
use super::link::{Followed, stranger};
use super::{Authn, LinkRequestError, addressee};
use crate::model::email::Email;
use crate::model::mask;
use crate::model::notice::{Notice, Place};
use crate::model::one_time_token::Purpose;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::{Addressee, NewLink, Unsealable};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::account::email_address::EmailChange;
use crate::store::session::acting_session::ActingSession;
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct EmailChangeRequest {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub new_email: String,
    pub context: RequestContext,
}

/// Why no change of address begins.
#[derive(Debug, thiserror::Error)]
pub enum EmailChangeError {
    #[error(transparent)]
    Request(#[from] LinkRequestError),
    #[error("the address is the present one")]
    Unchanged,
    /// The account is gone, or may not act any more, or the session has ended.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the address stays.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailError {
    #[error("the link does not work")]
    TokenInvalid,
    #[error("the address has been taken meanwhile")]
    Taken,
    #[error("a change of address failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unsealable> for ConfirmEmailError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
    }
}

impl Authn {
    /// Sends a link to the new address and word to the present one. Whether the new one is free, the answer
    /// does not tell and does not wait for.
    ///
    /// # Errors
    /// [`EmailChangeError`].
    pub async fn request_email_change(
        self: Arc<Self>,
        request: EmailChangeRequest,
    ) -> Result<(), EmailChangeError> {
        let (new, slot) = self.accept_link_request(&request.new_email).await?;
        let account = self.acting(request.user_id, request.session_id).await?;
        let account = account.ok_or(EmailChangeError::NoAccount)?;
        if account.user.email == new.as_str() {
            return Err(EmailChangeError::Unchanged);
        }
        slot.spend(async move {
            if let Err(error) = self.begin_email_change(&account, &new, request).await {
                tracing::warn!(user_id = %account.user.id, %error, "a change of address did not begin");
            }
        });
        Ok(())
    }

    async fn begin_email_change(
        &self,
        account: &Account,
        new: &Email,
        request: EmailChangeRequest,
    ) -> Result<(), SendError> {
        let event = self
            .event(EventKind::EmailChangeRequested, request.context.clone())
            .about(account.user.id)
            .by(account.user.id)
            .in_session(request.session_id);
        let mut effects = Effects::of(event.with(json!({ "new_address": mask::email(new.as_str()) })));
        let to = Addressee { to: new.as_str().to_owned(), is_proven: false, ..stranger(account) };
        let link = self.new_link(Purpose::ChangeEmail, &to);
        let expires_at = link.token.expires_at;
        let NewLink { token, url, expires_in } = link;
        let confirmation = Notice::ConfirmEmailChange { link: url, expires_in };
        // Whatever the new address is: it is asked for in the same way.
        if !self.may_leave(&to, &confirmation).await? {
            tracing::info!(user_id = %account.user.id, "a change of address does not begin: its quota is used up");
            return Ok(());
        }
        let notice = Notice::EmailChangeRequested {
            new_address: mask::email(new.as_str()),
            at: self.moment(),
            place: Place::of(&request.context),
        };
        effects.messages.push(self.composer.mail(&addressee(account), notice)?);
        if let Some(taken) = self.store.account_by_email(new).await? {
            let notice = Notice::AddressTaken { reset_link: self.composer.recovery_link() };
            effects.messages.push(self.composer.mail(&addressee(&taken), notice)?);
            let acting_session = ActingSession { user_id: account.user.id, session_id: request.session_id };
            return Ok(self.store.record(&effects.by_session(Some(acting_session))).await?);
        }
        effects.messages.push(self.composer.mail_until(&to, confirmation, expires_at)?);
        // If the account was disabled or the session has ended meanwhile, there is nobody to tell.
        let by_session = Some(request.session_id);
        self.store.issue_link(&token, by_session, &[Purpose::ChangeEmail], &effects).await?;
        Ok(())
    }

    /// Follows the link that went to the new address.
    ///
    /// # Errors
    /// [`ConfirmEmailError`].
    pub async fn confirm_email_change(
        &self,
        token: &Secret<String>,
        context: RequestContext,
    ) -> Result<(), ConfirmEmailError> {
        let followed = self.follow(Purpose::ChangeEmail, token).await?;
        let Followed { link, account, email } = followed.ok_or(ConfirmEmailError::TokenInvalid)?;
        let new = email.ok_or(ConfirmEmailError::TokenInvalid)?;
        let notice = Notice::EmailChanged { new_address: mask::email(&new), at: self.moment() };
        let message = self.composer.mail(&addressee(&account), notice)?;
        let event = self.email_changed(&account, &new, context);
        let effects = Effects::of(event).telling(message);
        let change = EmailChange { link, old: account.user.email, new, effects };
        match self.store.change_email(&change).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ConfirmEmailError::TokenInvalid),
            Err(StoreError::Duplicate) => Err(ConfirmEmailError::Taken),
            Err(error) => Err(error.into()),
        }
    }

    fn email_changed(&self, account: &Account, new: &str, context: RequestContext) -> SecurityEvent {
        let masked = json!({ "old": mask::email(&account.user.email), "new": mask::email(new) });
        self.event(EventKind::EmailChanged, context).about(account.user.id).with(masked)
    }
}
