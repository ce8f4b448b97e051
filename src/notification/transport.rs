//! The ways out: mail and SMS as they leave. What they say and when they are tried is decided above.

pub mod file;
pub mod mail;
pub mod nowhere;
pub mod smtp;
mod smtp_error;
pub mod twilio;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::clock::Timestamp;

/// A mail, ready to leave.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The outbox's: the same at each try, so that a recipient can tell a repetition.
    pub id: Uuid,
    pub template: &'static str,
    /// When it was written.
    pub at: Timestamp,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// An SMS, ready to leave.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The outbox's.
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

/// Contents and recipient stay out of logs.
impl std::fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a message did not leave, in words without the recipient or the contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may leave later.
    #[error("{0}")]
    Failed(String),
    /// It never will, or may have left already: trying again would only annoy.
    #[error("{0}")]
    Refused(String),
}

/// The end of a try.
pub type Sending<'a> = BoxFuture<'a, Result<(), SendError>>;

/// Brings mails out.
pub trait Mailer: Send + Sync {
    /// Ends once somebody else is responsible for the mail.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// Brings SMS out.
pub trait SmsSender: Send + Sync {
    /// Ends once somebody else is responsible for the SMS.
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a>;
}
