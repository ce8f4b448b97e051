//! Links that are sent by mail: written, followed, and sent to people who are not signed in.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::background_tasks::{BackgroundTasks, Slot};
use super::environment::FlowEnvironment;
use crate::config::Accounts;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::notice::{Channel, Notice};
use crate::model::one_time_token::{self, Purpose};
use crate::model::security_event::SecurityEvent;
use crate::notification::quota::{Outgoing, QuotaError, Quotas};
use crate::notification::{Addressee, NewLink};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::credential::link::{LinkOutcome, LinkOwner, LinkRequest, LinkUse};
use crate::store::credential::one_time_token::NewOneTimeToken;
use crate::store::notification::outbox::NewMessage;
use crate::store::{Effects, StoreError};

/// A link that was followed and is not spent yet.
pub(super) struct Followed {
    pub link: LinkUse,
    /// The account as it was when the link was looked up.
    pub account: Account,
    /// The address that the link verifies.
    pub email: Option<String>,
    /// The session that the link can end.
    pub about_session: Option<Uuid>,
    /// The session that asked for the link.
    pub by_session: Option<Uuid>,
}

/// Why no link is sent; independent of whether the address has an account.
#[derive(Debug, thiserror::Error)]
pub enum LinkRequestError {
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("too many requests at the moment")]
    Overloaded,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link that people who are not signed in may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requested {
    Verification,
    Reset,
}

/// A link to be written with its mail.
pub(super) struct VerificationMail {
    pub token: NewOneTimeToken,
    pub message: NewMessage,
}

/// Writes links and sends them, within the quotas.
pub(super) struct Links {
    pub env: Arc<FlowEnvironment>,
    /// How long each kind of link works.
    pub rules: Accounts,
    pub quotas: Arc<Quotas>,
    pub background_tasks: BackgroundTasks,
}

impl Links {
    /// A link for this person. It verifies the address that it is sent to.
    pub fn new_link(&self, purpose: Purpose, to: &Addressee) -> NewLink {
        let ttl = match purpose {
            Purpose::VerifyEmail => self.rules.verification_ttl,
            Purpose::ChangeEmail => self.rules.email_change_ttl,
            Purpose::ResetPassword => self.rules.reset_ttl,
            Purpose::AcceptInvitation => self.rules.invitation_ttl,
            Purpose::FirstCredential => self.rules.first_credential_ttl,
            Purpose::EndSession
            | Purpose::SecureAccount
            | Purpose::UndoEmailChange
            | Purpose::CancelErasure => Purpose::HELP_LIFE,
        };
        self.env.composer.new_link(purpose, to, ttl)
    }

    pub fn verification_mail(&self, to: &Addressee) -> Result<VerificationMail, StoreError> {
        let NewLink { token, url, expires_in } = self.new_link(Purpose::VerifyEmail, to);
        let notice = Notice::VerifyEmail { link: url, expires_in };
        let message = self.env.composer.mail_until(to, notice, token.expires_at)?;
        Ok(VerificationMail { token, message })
    }

    /// The account whose link was followed, or `None` if the link does not work. Nothing is spent: a request that is
    /// refused for another reason, such as a weak password, can be repeated.
    pub async fn follow(
        &self,
        purpose: Purpose,
        presented: &Secret<String>,
    ) -> Result<Option<Followed>, StoreError> {
        let (hash, at) = (one_time_token::hash(purpose, presented.expose()), self.env.now());
        let Some(owner) = self.env.store.link_owner(purpose, hash, at).await? else {
            return Ok(None);
        };
        let LinkOwner { user_id, email, about_session, by_session } = owner;
        let account = self.env.store.account_by_id(user_id).await?;
        let account = account.filter(|account| account.status == Status::Active);
        let link = LinkUse { purpose, hash, user_id, at };
        Ok(account.map(|account| Followed { link, account, email, about_session, by_session }))
    }

    /// Decides without a look at the account: whether this is an address, and whether the work can be done. Failures
    /// after that are only logged.
    pub async fn accept_request(&self, email: &str) -> Result<(Email, Slot), LinkRequestError> {
        let email = Email::parse(email).map_err(|_| LinkRequestError::InvalidEmail)?;
        let slot = self.background_tasks.slot().await.map_err(|_| LinkRequestError::Overloaded)?;
        self.env.store.ping().await?;
        Ok((email, slot))
    }

    /// Sends a link to this person, or the latest that still works once more. `false` if nothing is sent and nothing
    /// was written: the user is not active, a quota is used up, or the link was sent a short while ago.
    pub async fn send_requested(
        &self,
        requested: Requested,
        to: &Addressee,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let (composer, purpose) = (&self.env.composer, requested.purpose());
        let link = self.new_link(purpose, to);
        let notice = requested.notice(link.url.clone(), link.expires_in);
        if !self.has_quota_for(to, &notice).await? {
            return Ok(false);
        }
        let NewLink { token, .. } = link;
        let message = composer.mail_until(to, notice, token.expires_at)?;
        let event = match to.user_id {
            Some(user_id) => event.about(user_id),
            None => event,
        };
        let effects = Effects::of(event.clone().with(json!({ "sent": true }))).telling(message);
        let request = LinkRequest { token: &token, effects: &effects, at_once: to.known_device };
        let outcome = self.env.store.send_link(&request, |sent| {
            let (url, expires_in) = composer.link_again(purpose, sent)?;
            let message = composer.mail_until(to, requested.notice(url, expires_in), sent.expires_at);
            let event = event.clone().with(json!({ "sent": true, "again": true }));
            match message {
                Ok(message) => Some(Effects::of(event).telling(message)),
                Err(error) => {
                    tracing::error!(%error, "cannot compose the mail that repeats a link");
                    None
                }
            }
        });
        Ok(matches!(outcome.await?, LinkOutcome::Issued | LinkOutcome::SentAgain))
    }

    /// Whether the quotas have room for this mail, asked before anything is written for it.
    pub async fn has_quota_for(&self, to: &Addressee, notice: &Notice) -> Result<bool, StoreError> {
        let outgoing = Outgoing {
            channel: Channel::Mail,
            user: to.user_id,
            notice,
            recipient: self.env.composer.recipient(&to.to),
            known_device: to.known_device,
        };
        match self.quotas.ask(&outgoing).await {
            Ok(()) => Ok(true),
            Err(QuotaError::OverQuota(_) | QuotaError::Postponed { .. }) => Ok(false),
            Err(QuotaError::Store(error)) => Err(error),
        }
    }
}

impl Requested {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Verification => Purpose::VerifyEmail,
            Self::Reset => Purpose::ResetPassword,
        }
    }

    const fn notice(self, link: String, expires_in: Duration) -> Notice {
        match self {
            Self::Verification => Notice::VerifyEmail { link, expires_in },
            Self::Reset => Notice::ResetPassword { link, expires_in },
        }
    }
}
