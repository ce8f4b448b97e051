//! A change of address: requested in a session, confirmed by a link to the new address, and told to the old one (ASVS 5.0
//! §6.3.7).

use std::sync::Arc;

use serde_json::json;

use super::addressee;
use super::environment::FlowEnvironment;
use super::links::{Followed, LinkRequestError, Links};
use crate::model::email::Email;
use crate::model::mask;
use crate::model::notice::{Help, Notice, Place};
use crate::model::one_time_token::Purpose;
use crate::model::principal::Principal;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::{Addressee, NewLink};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::account::email_address::EmailChange;
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct EmailChangeRequest {
    pub principal: Principal,
    pub new_email: String,
}

/// Why a change of address does not begin.
#[derive(Debug, thiserror::Error)]
pub enum EmailChangeError {
    #[error(transparent)]
    Request(#[from] LinkRequestError),
    #[error("the address is the current one")]
    Unchanged,
    /// The account is gone or no longer active, or the session was revoked.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailError {
    #[error("the link does not work")]
    TokenInvalid,
    #[error("the address has been taken meanwhile")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The service for changes of address.
pub struct EmailChanges {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) links: Arc<Links>,
}

impl EmailChanges {
    /// Sends a link to the new address and a notice to the current one. The answer neither tells whether the new address
    /// is free nor waits for that.
    ///
    /// # Errors
    /// [`EmailChangeError`].
    pub async fn request(self: &Arc<Self>, request: EmailChangeRequest) -> Result<(), EmailChangeError> {
        let (new, slot) = self.links.accept_request(&request.new_email).await?;
        let account = self.env.acting_account(request.principal.acting_session).await?;
        let account = account.ok_or(EmailChangeError::NoAccount)?;
        if account.user.email == new.as_str() {
            return Err(EmailChangeError::Unchanged);
        }
        let changes = Arc::clone(self);
        slot.spend(async move {
            if let Err(error) = changes.begin(&account, &new, &request.principal).await {
                tracing::warn!(user_id = %account.user.id, %error, "cannot begin a change of address");
            }
        });
        Ok(())
    }

    async fn begin(&self, account: &Account, new: &Email, principal: &Principal) -> Result<(), StoreError> {
        let event = self.env.event_by(principal, EventKind::EmailChangeRequested);
        let mut effects = Effects::of(event.with(json!({ "new_address": mask::email(new.as_str()) })));
        let to = Addressee { to: new.as_str().to_owned(), is_proven: false, ..addressee::stranger(account) };
        let NewLink { token, url, expires_in } = self.links.new_link(Purpose::ChangeEmail, &to);
        let expires_at = token.expires_at;
        let confirmation = Notice::ConfirmEmailChange { link: url, expires_in };
        // Asked in the same way whether the new address is taken or not.
        if !self.links.has_quota_for(&to, &confirmation).await? {
            tracing::info!(user_id = %account.user.id, "a change of address does not begin because its mail quota is used up");
            return Ok(());
        }
        let notice = Notice::EmailChangeRequested {
            new_address: mask::email(new.as_str()),
            at: self.env.now(),
            place: Place::of(&principal.context),
        };
        effects.messages.push(self.env.composer.mail(&addressee::owner(account), notice)?);
        if let Some(taken) = self.env.store.account_by_email(new).await? {
            let notice = Notice::AddressTaken { reset_link: self.env.composer.recovery_link() };
            effects.messages.push(self.env.composer.mail(&addressee::owner(&taken), notice)?);
            return self.env.store.record(&effects.by_session(Some(principal.acting_session))).await;
        }
        effects.messages.push(self.env.composer.mail_until(&to, confirmation, expires_at)?);
        // Nothing is written if the account was disabled or the session was revoked meanwhile.
        let by_session = Some(principal.session_id());
        self.env.store.issue_link(&token, by_session, &[Purpose::ChangeEmail], &effects).await?;
        Ok(())
    }

    /// Follows the link that went to the new address.
    ///
    /// # Errors
    /// [`ConfirmEmailError`].
    pub async fn confirm(
        &self,
        token: &Secret<String>,
        context: RequestContext,
    ) -> Result<(), ConfirmEmailError> {
        let followed = self.links.follow(Purpose::ChangeEmail, token).await?;
        let Followed { link, account, email, .. } = followed.ok_or(ConfirmEmailError::TokenInvalid)?;
        let new = email.ok_or(ConfirmEmailError::TokenInvalid)?;
        let notice = Notice::EmailChanged { new_address: mask::email(&new), at: self.env.now() };
        let owner = addressee::owner(&account);
        let message = self.env.composer.mail_with_help(&owner, notice, Help::UndoEmailChange)?;
        let event = self.email_changed(&account, &new, context);
        let effects = Effects::of(event).telling(message);
        let change = EmailChange { link, old: account.user.email, new, effects };
        match self.env.store.change_email(&change).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ConfirmEmailError::TokenInvalid),
            Err(StoreError::Duplicate) => Err(ConfirmEmailError::Taken),
            Err(error) => Err(error.into()),
        }
    }

    fn email_changed(&self, account: &Account, new: &str, context: RequestContext) -> SecurityEvent {
        let masked = json!({ "old": mask::email(&account.user.email), "new": mask::email(new) });
        self.env.event(EventKind::EmailChanged, context).about(account.user.id).with(masked)
    }
}

impl std::fmt::Debug for EmailChanges {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EmailChanges")
    }
}
