//! What the links in warnings do for people who did not do what the warning tells of, without a login.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::addressee;
use super::environment::FlowEnvironment;
use super::links::{Followed, Links};
use crate::model::link_action::LinkAction;
use crate::model::mask;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::{Addressee, NewLink};
use crate::secret::Secret;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::notification::outbox::NewMessage;
use crate::store::session::family::UserRevocation;
use crate::store::{Effects, StoreError};

/// What the client sent.
#[derive(Debug)]
pub struct LinkActionRequest {
    pub token: Secret<String>,
    pub action: LinkAction,
    pub context: RequestContext,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum LinkActionError {
    #[error("the link does not work, or not for this action")]
    TokenInvalid,
    #[error("another account has the former address")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The service for the links in warnings.
pub struct LinkActions {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) links: Arc<Links>,
}

impl LinkActions {
    /// Does what a link permits, once.
    ///
    /// # Errors
    /// [`LinkActionError`]; then nothing has changed.
    pub async fn act(&self, request: LinkActionRequest) -> Result<(), LinkActionError> {
        let LinkActionRequest { token, action, context } = request;
        let followed = self.follow(action, &token).await?.ok_or(LinkActionError::TokenInvalid)?;
        let ended = match action {
            LinkAction::EndSession => self.end_session(&followed, context).await?,
            LinkAction::SecureAccount => self.secure_account(&followed, context).await?,
            LinkAction::UndoEmailChange => self.undo_email_change(&followed, context).await?,
            LinkAction::CancelErasure => {
                let cancelled = self.cancel_erasure(&followed, context).await?;
                cancelled.then(Vec::new)
            }
        };
        let ended = ended.ok_or(LinkActionError::TokenInvalid)?;
        self.sessions.note_revoked(&ended);
        Ok(())
    }

    async fn follow(
        &self,
        action: LinkAction,
        token: &Secret<String>,
    ) -> Result<Option<Followed>, StoreError> {
        for purpose in action.purposes() {
            if let Some(followed) = self.links.follow(*purpose, token).await? {
                return Ok(Some(followed));
            }
        }
        Ok(None)
    }

    async fn end_session(
        &self,
        followed: &Followed,
        context: RequestContext,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        let event = self.event(followed, EventKind::SessionEnded, context, json!({}));
        let event = match followed.about_session {
            Some(session) => event.in_session(session),
            None => event,
        };
        self.env.store.end_session_by_link(&followed.link, &Effects::of(event)).await
    }

    async fn secure_account(
        &self,
        followed: &Followed,
        context: RequestContext,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        let account = &followed.account;
        let detail = json!({ "action": LinkAction::SecureAccount.as_str() });
        let mut effects = Effects::of(self.event(followed, EventKind::SessionsEnded, context, detail));
        // Someone else may have moved the account to another address since the mail was sent: only the link that undoes
        // this brings the owner back.
        if followed.email.as_ref().is_none_or(|email| *email == account.user.email) {
            effects = effects.telling(self.reset_mail(account, account.user.email.clone())?);
        }
        self.env.store.secure_account(&followed.link, &self.revocation(account), &effects).await
    }

    async fn undo_email_change(
        &self,
        followed: &Followed,
        context: RequestContext,
    ) -> Result<Option<Vec<Uuid>>, LinkActionError> {
        let account = &followed.account;
        let former = followed.email.clone().ok_or(LinkActionError::TokenInvalid)?;
        let detail = json!({
            "action": LinkAction::UndoEmailChange.as_str(),
            "old": mask::email(&account.user.email),
            "new": mask::email(&former),
        });
        let event = self.event(followed, EventKind::EmailChanged, context.clone(), detail);
        let mut effects = Effects::of(event).telling(self.farewell(account, &former)?);
        if account.erase_at.is_some() {
            // The person who has moved the account may have asked for this.
            effects = effects.and(self.event(followed, EventKind::ErasureCancelled, context, json!({})));
        }
        let effects = effects.telling(self.reset_mail(account, former)?);
        let undone =
            self.env.store.undo_email_change(&followed.link, &self.revocation(account), &effects).await;
        match undone {
            Err(StoreError::Duplicate) => Err(LinkActionError::Taken),
            other => Ok(other?),
        }
    }

    async fn cancel_erasure(&self, followed: &Followed, context: RequestContext) -> Result<bool, StoreError> {
        let notice = Notice::ErasureCancelled { at: self.env.now(), place: Place::of(&context) };
        let message = self.env.composer.mail(&addressee::owner(&followed.account), notice)?;
        let event = self.event(followed, EventKind::ErasureCancelled, context, json!({}));
        self.env.store.cancel_erasure(&followed.link, &Effects::of(event).telling(message)).await
    }

    /// The mail to the address that the account leaves. Its reader may be the owner, if it was not the owner who has
    /// followed the link. It has no link of its own, or the two mailboxes could take the account from each other for ever.
    fn farewell(&self, account: &Account, former: &str) -> Result<NewMessage, StoreError> {
        let notice = Notice::EmailChanged { new_address: mask::email(former), at: self.env.now() };
        self.env.composer.mail(&addressee::owner(account), notice)
    }

    /// The mail with the link to set a new password, which is written with it. Until that is done, neither the password
    /// nor a passkey logs in.
    fn reset_mail(&self, account: &Account, to: String) -> Result<NewMessage, StoreError> {
        use crate::model::one_time_token::Purpose::ResetPassword;
        // The link that was followed has just shown that the mailbox is read.
        let to = Addressee { to, is_proven: true, ..addressee::owner(account) };
        let NewLink { token, url, expires_in } = self.links.new_link(ResetPassword, &to);
        let notice = Notice::AccountSecured { link: url, expires_in };
        let message = self.env.composer.mail_until(&to, notice, token.expires_at)?;
        Ok(NewMessage { link: Some(token), ..message })
    }

    fn revocation(&self, account: &Account) -> UserRevocation {
        self.sessions.revocation_of(account.user.id, None, RevokeReason::LogoutAll, true)
    }

    fn event(
        &self,
        followed: &Followed,
        kind: EventKind,
        context: RequestContext,
        mut detail: Value,
    ) -> SecurityEvent {
        detail["via"] = json!("link");
        let user = followed.account.user.id;
        self.env.event(kind, context).about(user).by(user).with(detail)
    }
}

impl std::fmt::Debug for LinkActions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LinkActions")
    }
}
