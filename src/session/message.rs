//! What a family's actor can be asked.

use std::time::Instant;

use actix::Message;
use uuid::Uuid;

use crate::model::account::UserFacts;
use crate::model::assurance::Amr;
use crate::model::family_key::FamilyKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::Origin;
use crate::model::session_family::{ReplayClass, RequestFacts, SessionFamily};
use crate::store::password_attempt::Reservation;

/// A refresh token was presented.
#[derive(Clone, Debug)]
pub struct Refresh {
    pub token: RefreshToken,
    pub facts: RequestFacts,
    /// The client's masked network, kept with the session.
    pub network: Option<String>,
    pub origin: Origin,
}

/// The family as of a generation that was issued or asked for again, or in which the user has stepped up;
/// tokens are derived from it.
#[derive(Debug)]
pub struct Refreshed {
    pub family: SessionFamily,
    /// The family's under the root key of this generation: deriving it takes longer than using it.
    pub key: FamilyKey,
    pub user: UserFacts,
    /// The same successor once more.
    pub retried: bool,
}

/// Why there is no successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    #[error("the token was not issued here")]
    Forged,
    #[error("the session has ended ({0})")]
    Revoked(RevokeReason),
    #[error("the session has expired")]
    Expired,
    #[error("another request with this token is being answered")]
    InFlight,
    #[error("a spent token was used again ({})", .0.as_str())]
    Replayed(ReplayClass),
    #[error("the token is of a later generation than the database's")]
    Regressed,
    /// Too many requests wait for this family.
    #[error("too many requests for this session")]
    Busy,
    /// Too many requests wait for all families together, or the process is shutting down.
    #[error("too many requests")]
    Overloaded,
    /// What was proven counts no more: the credentials changed since, or never were the session's.
    #[error("the credentials changed during the request")]
    CredentialsMoved,
    /// The database gave no answer; whether the token is spent is unknown, and a retry will tell.
    #[error("the database does not answer")]
    Unavailable,
}

impl RefreshError {
    /// The metric's label.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Revoked(_) | Self::CredentialsMoved => "revoked",
            Self::Expired => "expired",
            Self::InFlight => "in_flight",
            Self::Replayed(_) => "replay",
            Self::Regressed => "regressed",
            Self::Busy | Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The family is to end.
#[derive(Clone, Debug)]
pub struct Revoke {
    /// The refresh token that asks for it; `None` if the caller was authenticated otherwise.
    pub token: Option<RefreshToken>,
    pub reason: RevokeReason,
    pub actor: Option<Uuid>,
    pub origin: Origin,
}

/// The user has proven anew who they are.
#[derive(Clone, Debug)]
pub struct StepUp {
    /// By which methods.
    pub methods: Amr,
    /// The user's epoch when the proof was checked.
    pub credential_epoch: i64,
    /// The attempt at the password that was right, if it was one.
    pub attempt: Option<Reservation>,
    pub origin: Origin,
}

/// Whether this request ended the family, or it had ended before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    Now,
    Before,
}

/// The family's access token of this generation was seen in use.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledge {
    pub generation: u64,
}

/// The database was changed past the actor: what it remembers is out of date.
#[derive(Clone, Copy, Debug)]
pub struct Forget;

/// The actor was taken out of the registry and may go.
#[derive(Clone, Copy, Debug)]
pub struct Stop;

/// A look at the actor, for tests and operators.
#[derive(Clone, Copy, Debug)]
pub struct Observe;

/// What [`Observe`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub generation: Option<u64>,
    pub acknowledged: bool,
}

/// A message with the moment it was sent, to measure how long it waited.
#[derive(Clone, Debug)]
pub struct Queued<M> {
    pub message: M,
    pub sent: Instant,
}

impl Message for Queued<Refresh> {
    type Result = Result<Refreshed, RefreshError>;
}
impl Message for Queued<Revoke> {
    type Result = Result<Revoked, RefreshError>;
}
impl Message for Queued<StepUp> {
    type Result = Result<Refreshed, RefreshError>;
}
impl Message for Acknowledge {
    type Result = ();
}
impl Message for Forget {
    type Result = ();
}
impl Message for Stop {
    type Result = ();
}
impl Message for Queued<Observe> {
    type Result = Snapshot;
}
