//! The ways out: mail and SMS as they leave. What they say and when they are tried is decided above.

pub mod file;
pub mod mail;

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
    /// It never will: trying again would only annoy.
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
