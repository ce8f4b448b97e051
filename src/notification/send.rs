//! One attempt to send a message.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::quota::{Outgoing, QuotaError, Quotas};
use super::render::{CannotRender, Renderer};
use super::{Composer, OpenError};
use crate::config::Outbox;
use crate::crypto::seal::SealError;
use crate::entropy::bytes;
use crate::model::mask;
use crate::model::notice::{Channel, Letter};
use crate::notification::transport::{Mail, Mailer, SendError, Sms, SmsSender};
use crate::store::notification::outbox::{DueMessage, SendOutcome};

/// What an attempt needs.
pub struct Sender {
    pub composer: Composer,
    pub mailer: Arc<dyn Mailer>,
    pub sms_sender: Arc<dyn SmsSender>,
    pub quotas: Arc<Quotas>,
    pub rules: Outbox,
    pub renderer: Renderer,
}

impl Sender {
    /// Opens the message and sends it, unless it has expired or exceeds a quota.
    pub async fn attempt(&self, message: &DueMessage) -> SendOutcome {
        if message.expires_at.is_some_and(|end| end <= self.composer.clock.now()) {
            return SendOutcome::Expired;
        }
        if message.attempts > self.rules.max_attempts {
            return SendOutcome::Dead("the last attempt did not finish".to_owned());
        }
        let sealed = message.sealed.as_deref().unwrap_or_default();
        let letter = match self.composer.open(message.id, sealed) {
            Ok(letter) => letter,
            // Another node may know the key or the kind, or this one once it has been restarted or upgraded.
            Err(error @ (OpenError::Sealed(SealError::UnknownKey(_)) | OpenError::UnknownKind)) => {
                return self.again(message, error.to_string());
            }
            Err(error) => return SendOutcome::Dead(error.to_string()),
        };
        let outgoing = Outgoing {
            channel: message.channel,
            user: message.user_id,
            notice: &letter.notice,
            recipient: self.composer.recipient(&letter.to),
            known_device: letter.known_device,
        };
        let spent = match self.quotas.spend(&outgoing).await {
            Ok(spent) => spent,
            Err(QuotaError::OverQuota(_)) => return SendOutcome::OverQuota,
            Err(QuotaError::Postponed { at }) => return SendOutcome::Postponed { at },
            Err(QuotaError::Store(error)) => return self.again(message, error.to_string()),
        };
        // After the lease another node may send the message, by a clock that may be slightly ahead.
        let sent = timeout(self.rules.lease / 4 * 3, self.send(message, &letter)).await;
        let sent = sent.unwrap_or_else(|_| Err(SendError::Failed("not sent in time".to_owned())));
        match sent {
            Ok(()) => {
                announce(message, &letter);
                SendOutcome::Sent
            }
            // The quota stays spent, because the message may have been sent and charged for.
            Err(SendError::Refused(reason)) => SendOutcome::Dead(reason),
            Err(SendError::Failed(reason)) => {
                self.quotas.give_back(&spent);
                self.again(message, reason)
            }
        }
    }

    async fn send(&self, message: &DueMessage, letter: &Letter) -> Result<(), SendError> {
        let (id, template, at) = (message.id, letter.notice.template(), message.created_at);
        let to = letter.to.clone();
        let broken = |error: CannotRender| SendError::Refused(error.to_string());
        match message.channel {
            Channel::Mail => {
                let content = self.renderer.mail(letter).map_err(broken)?;
                self.mailer.send(&Mail { id, template, at, to, content }).await
            }
            Channel::Sms => {
                let text = self.renderer.sms(letter).map_err(broken)?;
                self.sms_sender.send(&Sms { id, template, at, to, text }).await
            }
        }
    }

    fn again(&self, message: &DueMessage, reason: String) -> SendOutcome {
        if message.attempts >= self.rules.max_attempts {
            return SendOutcome::Dead(reason);
        }
        let draw = f64::from(u32::from_be_bytes(bytes(self.composer.entropy.as_ref()))) / f64::from(u32::MAX);
        let pause = pause(&self.rules, message.attempts, draw);
        SendOutcome::Again { at: self.composer.clock.now().plus(pause), reason }
    }
}

fn announce(message: &DueMessage, letter: &Letter) {
    let (channel, template) = (message.channel.as_str(), letter.notice.template());
    let to = match message.channel {
        Channel::Mail => mask::email(&letter.to),
        Channel::Sms => mask::phone(&letter.to),
    };
    tracing::info!(id = %message.id, channel, template, to, "a message was sent");
}

/// The pause after so many attempts: it doubles up to its bound, and half of it depends on a random draw (0 to 1), so
/// that messages that failed together are not tried again together.
fn pause(rules: &Outbox, attempts: u32, draw: f64) -> Duration {
    let doubled = rules.retry_base.saturating_mul(1 << (attempts.max(1) - 1).min(30));
    doubled.min(rules.retry_max).mul_f64(0.5 + draw.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound() {
        let rules = Outbox {
            max_attempts: 10,
            retry_base: Duration::from_secs(5),
            retry_max: Duration::from_secs(60),
            lease: Duration::from_secs(120),
            poll_interval: Duration::from_secs(1),
            batch: 16,
        };
        let longest = |attempts| pause(&rules, attempts, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 100].map(longest), [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause(&rules, 1, 0.0), Duration::from_millis(2_500));
    }
}
