//! The transports of mail and SMS. What messages say and when they are sent is decided above.

pub(crate) mod file;
pub(crate) mod mail;
pub(crate) mod nowhere;
pub(crate) mod smtp;
mod smtp_error;
pub(crate) mod twilio;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::clock::Timestamp;

/// The words of a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct MailContent {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A mail, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The id in the outbox: the same at each attempt, so that the recipient can recognize a repetition.
    pub id: Uuid,
    pub template: &'static str,
    /// When it was written.
    pub at: Timestamp,
    pub to: String,
    pub content: MailContent,
}

/// An SMS, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The id in the outbox.
    pub id: Uuid,
    pub template: &'static str,
    /// When it was written.
    pub at: Timestamp,
    /// A number in E.164.
    pub to: String,
    pub text: String,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sms").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Without the content and the recipient, which must not get into logs.
impl std::fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a message was not sent, without its recipient and content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A later attempt may succeed.
    #[error("{0}")]
    Failed(String),
    /// No attempt will succeed, or the message may have been sent already. It is not tried again.
    #[error("{0}")]
    Refused(String),
}

/// The result of an attempt.
pub type Sending<'a> = BoxFuture<'a, Result<(), SendError>>;

/// Sends mails.
pub trait Mailer: Send + Sync {
    /// Completes once the next system has taken responsibility for the mail.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// Sends SMS.
pub trait SmsSender: Send + Sync {
    /// Completes once the provider has taken responsibility for the SMS.
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a>;
}
