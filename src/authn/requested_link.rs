//! Links that people ask for who prove nothing: within the quotas, and without harm to those that are out.

use std::time::Duration;

use serde_json::json;

use super::Authn;
use super::email_verification::SendError;
use crate::model::notice::{Channel, Notice};
use crate::model::one_time_token::Purpose;
use crate::model::security_event::SecurityEvent;
use crate::notification::quota::{Outgoing, QuotaError};
use crate::notification::{Addressee, NewLink, Unsealable};
use crate::store::credential::link::{LinkOutcome, LinkRequest};
use crate::store::notification::outbox::NewMessage;
use crate::store::{Effects, StoreError};

impl Authn {
    /// Sends a link to this person, or again the youngest that is out. `false` if nothing is sent: the user may not
    /// act, a quota is used up, or the link was sent a short while ago. Then nothing is written.
    pub(super) async fn send_requested_link(
        &self,
        purpose: Purpose,
        to: &Addressee,
        event: SecurityEvent,
    ) -> Result<bool, SendError> {
        let link = self.new_link(purpose, to);
        let notice = requested(purpose, link.url.clone(), link.expires_in);
        if !self.may_leave(to, &notice).await? {
            return Ok(false);
        }
        let NewLink { token, .. } = link;
        let message = self.composer.mail_until(to, notice, token.expires_at)?;
        let event = match to.user_id {
            Some(user_id) => event.about(user_id),
            None => event,
        };
        let effects = Effects::of(event.clone().with(json!({ "sent": true }))).telling(message);
        let request = LinkRequest { token: &token, effects: &effects, at_once: to.known_device };
        let outcome = self.store.send_link(&request, |sent| {
            let (url, expires_in) = self.composer.link_again(purpose, sent)?;
            let message = self.composer.mail_until(to, requested(purpose, url, expires_in), sent.expires_at);
            let event = event.clone().with(json!({ "sent": true, "again": true }));
            self.told(event, message)
        });
        Ok(matches!(outcome.await?, LinkOutcome::Issued | LinkOutcome::SentAgain))
    }

    fn told(&self, event: SecurityEvent, message: Result<NewMessage, Unsealable>) -> Option<Effects> {
        match message {
            Ok(message) => Some(Effects::of(event).telling(message)),
            Err(error) => {
                tracing::error!(%error, "a link is not sent again");
                None
            }
        }
    }

    /// Whether the quotas have room for this mail: asked before anything is written for it.
    pub(super) async fn may_leave(&self, to: &Addressee, notice: &Notice) -> Result<bool, StoreError> {
        let outgoing = Outgoing {
            channel: Channel::Mail,
            user: to.user_id,
            notice,
            recipient: self.composer.recipient(&to.to),
            known_device: to.known_device,
        };
        match self.outgoing.ask(&outgoing).await {
            Ok(()) => Ok(true),
            Err(QuotaError::OverQuota(_) | QuotaError::Postponed { .. }) => Ok(false),
            Err(QuotaError::Store(error)) => Err(error),
        }
    }
}

fn requested(purpose: Purpose, link: String, expires_in: Duration) -> Notice {
    match purpose {
        Purpose::VerifyEmail => Notice::VerifyEmail { link, expires_in },
        Purpose::ResetPassword => Notice::ResetPassword { link, expires_in },
        Purpose::ChangeEmail => Notice::ConfirmEmailChange { link, expires_in },
        Purpose::AcceptInvitation => Notice::Invitation { link, expires_in },
    }
}
