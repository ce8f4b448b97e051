//! What is written to the audit log, in the transaction of the change it tells of.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    AccountRegistered,
    LoginSucceeded,
    /// With the reason; about a user only if the address is one's.
    LoginFailed,
    /// A right password was hashed anew with today's parameters.
    PasswordRehashed,
    /// One family was ended on purpose.
    SessionEnded,
    /// A user's families were ended in one go.
    SessionsEnded,
    /// A spent refresh token was used again, and its family ended.
    RefreshTokenReplayed,
    /// A refresh token was ahead of the database, and its family ended.
    RefreshTokenRegressed,
}

impl EventKind {
    pub const ALL: [Self; 8] = [
        Self::AccountRegistered,
        Self::LoginSucceeded,
        Self::LoginFailed,
        Self::PasswordRehashed,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::RefreshTokenReplayed,
        Self::RefreshTokenRegressed,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRegistered => "account.registered",
            Self::LoginSucceeded => "login.succeeded",
            Self::LoginFailed => "login.failed",
            Self::PasswordRehashed => "password.rehashed",
            Self::SessionEnded => "session.ended",
            Self::SessionsEnded => "sessions.ended",
            Self::RefreshTokenReplayed => "refresh_token.replayed",
            Self::RefreshTokenRegressed => "refresh_token.regressed",
        }
    }
}

/// Where a request came from: part of every event it causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub correlation_id: String,
    /// The client's full address; only the audit log keeps it.
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    pub id: Uuid,
    pub kind: EventKind,
    /// Whom it is about.
    pub user_id: Option<Uuid>,
    /// Who did it; absent if nobody was authenticated.
    pub actor_id: Option<Uuid>,
    /// The family it is about.
    pub session_id: Option<Uuid>,
    pub origin: Origin,
    /// A JSON object; what is in it depends on the kind. Never a secret.
    pub detail: Value,
    /// When the change was decided, by this node's clock.
    pub at: Timestamp,
}

impl SecurityEvent {
    pub fn new(id: Uuid, kind: EventKind, origin: Origin, at: Timestamp) -> Self {
        Self { id, kind, user_id: None, actor_id: None, session_id: None, origin, detail: json!({}), at }
    }

    #[must_use]
    pub fn about(mut self, user: Uuid) -> Self {
        self.user_id = Some(user);
        self
    }

    #[must_use]
    pub fn by(mut self, actor: Uuid) -> Self {
        self.actor_id = Some(actor);
        self
    }

    #[must_use]
    pub fn in_session(mut self, session: Uuid) -> Self {
        self.session_id = Some(session);
        self
    }

    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}
