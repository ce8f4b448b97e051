//! The messages to a family's actor, and its answers.

use std::sync::Arc;
use std::time::Instant;

use actix::Message;
use uuid::Uuid;

use crate::model::account::UserFacts;
use crate::model::family_key::FamilyKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::RequestContext;
use crate::model::session_family::{RequestFacts, ReuseClass, SessionFamily};
use crate::model::throttle::OtherRule;
use crate::store::Effects;
use crate::store::credential::reauthentication::Reauthentication;
use crate::store::session::family_write::{Authority, RenewalPurpose, RevocationOutcome, RevocationRefusal};
use crate::telemetry::metrics::RefreshRequestOutcome;
use crate::telemetry::trace::Span;

/// A refresh token was presented.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// As the client presented it; its guard holds, the rest is not verified.
    pub token: RefreshToken,
    /// What the decision depends on besides the token.
    pub facts: RequestFacts,
    /// The client's masked network, kept with the session.
    pub network: Option<String>,
    /// The request, for security events.
    pub context: RequestContext,
}

/// The family as of a generation that was issued or asked for again; tokens are derived from it.
#[derive(Debug)]
pub struct Refreshed {
    /// As of the generation that the client gets.
    pub family: SessionFamily,
    /// The family's key under the root key of this generation; passed along because deriving it is slower than using it.
    pub key: FamilyKey,
    /// The user as the database had it at this commit or reading.
    pub user: UserFacts,
    /// The label of the metric.
    pub outcome: RefreshOutcome,
}

/// Why a presented token was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The live token was spent, and its successor is new.
    Rotated,
    /// The previous token again: the same successor.
    Retried,
    /// The live token under the key of its own rotation: the same tokens.
    Unchanged,
}

impl RefreshOutcome {
    /// As what it is counted.
    pub const fn counted(self) -> RefreshRequestOutcome {
        match self {
            Self::Rotated => RefreshRequestOutcome::Rotated,
            Self::Retried => RefreshRequestOutcome::Retried,
            Self::Unchanged => RefreshRequestOutcome::Unchanged,
        }
    }
}

/// A refresh token was presented for something that asks for a reauthentication. What the token gets by itself is
/// told before that is looked at: nothing if it is the live one, or what another request has spent it for.
#[derive(Clone, Debug)]
pub struct Present(pub Refresh);

/// A refresh token is to be spent along with a reauthentication.
#[derive(Clone, Debug)]
pub struct Renew {
    /// The token to be spent.
    pub refresh: Refresh,
    /// The user's epoch when the reauthentication was verified.
    pub credential_epoch: i64,
    /// What is spent along with the token; a step-up and a change of the password differ in it.
    pub reauthentication: Reauthentication,
    /// What the renewal does besides issuing the next generation.
    pub purpose: RenewalPurpose,
    /// Security events and messages that are written with it.
    pub effects: Effects,
}

/// A family that was renewed by this request, or before it by another.
#[derive(Debug)]
pub struct RenewedFamily {
    /// The family after the renewal.
    pub refreshed: Refreshed,
    /// Another request had spent the token, so the reauthentication is not spent.
    pub overtaken: bool,
    /// Other families of the user that were revoked with it.
    pub revoked: Vec<Uuid>,
}

/// Why there is no successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The token is not authentic for this family, or there is no such family.
    #[error("the token was not issued here")]
    Invalid,
    /// The family was revoked before this request.
    #[error("the session is revoked ({0})")]
    Revoked(RevokeReason),
    /// The idle or the absolute expiry was reached before this request.
    #[error("the session has expired")]
    Expired,
    /// Another request with this token, or with its predecessor, has the answer. For this many seconds more a request
    /// with this token gets the same refusal.
    #[error("another request with this token has been answered")]
    InFlight { retry_until: u32 },
    /// The client names no attempts, so that a lost answer cannot be told from a theft.
    #[error("a spent token was used again by a client that names no attempts")]
    Unconfirmed,
    /// The same answer was requested too often.
    #[error("too many retries of one refresh")]
    TooManyRetries { retry_after: u32 },
    /// The session is refreshed too often.
    #[error("too many refreshes of one session")]
    TooManyRefreshes { retry_after: u32 },
    /// RFC 9700 §4.14.2: the family is revoked now, with a security event and a mail.
    #[error("a spent token was used again ({})", .0.as_str())]
    Reused(ReuseClass),
    /// The database was set back behind what the client has; the family is revoked now.
    #[error("the token is of a later generation than the database's")]
    Regressed,
    /// Too many requests wait for this family.
    #[error("too many requests for this session")]
    Busy,
    /// Too many requests wait for all families together, or the process is shutting down.
    #[error("too many requests")]
    Overloaded,
    /// The reauthentication was spent before, by another request.
    #[error("the reauthentication was spent before")]
    ReauthenticationSpent,
    /// What was proven no longer counts: the credentials changed since, or never were the session's.
    #[error("the credentials changed during the request")]
    CredentialsMoved,
    /// The database gave no answer; whether the token is spent is unknown, and a retry will tell.
    #[error("the database does not answer")]
    Unavailable,
}

impl RefreshError {
    /// The limit that the request has exceeded.
    pub const fn limit(self) -> Option<OtherRule> {
        match self {
            Self::TooManyRefreshes { .. } => Some(OtherRule::Refresh),
            Self::TooManyRetries { .. } => Some(OtherRule::RefreshRetries),
            Self::Busy => Some(OtherRule::SessionQueue),
            _ => None,
        }
    }

    /// As what it is counted.
    pub const fn outcome(self) -> RefreshRequestOutcome {
        match self {
            Self::Invalid => RefreshRequestOutcome::Invalid,
            Self::Revoked(_) | Self::CredentialsMoved => RefreshRequestOutcome::Revoked,
            Self::Expired => RefreshRequestOutcome::Expired,
            Self::InFlight { .. } => RefreshRequestOutcome::InFlight,
            Self::Unconfirmed => RefreshRequestOutcome::Unconfirmed,
            Self::Reused(_) => RefreshRequestOutcome::Replay,
            Self::Regressed => RefreshRequestOutcome::Regressed,
            Self::Busy | Self::Overloaded | Self::TooManyRetries { .. } | Self::TooManyRefreshes { .. } => {
                RefreshRequestOutcome::Overloaded
            }
            Self::ReauthenticationSpent | Self::Unavailable => RefreshRequestOutcome::Unavailable,
        }
    }
}

/// The family is to be revoked, by one of its own tokens.
#[derive(Clone, Debug)]
pub struct Revoke {
    /// The refresh token that asks for it; `None` if it was an access token, which has been verified.
    pub token: Option<RefreshToken>,
    /// Kept in the row and in the security event.
    pub reason: RevokeReason,
    /// The user who asks for it; absent for the service itself.
    pub principal_id: Option<Uuid>,
    /// The request, for the security event.
    pub context: RequestContext,
}

/// The family is to be revoked on the authority of another session.
#[derive(Clone, Debug)]
pub struct RevokeFor {
    /// Checked in the transaction of the revocation.
    pub authority: Authority,
    /// Kept in the row and in the security event.
    pub reason: RevokeReason,
    /// The request, for the security event.
    pub context: RequestContext,
}

/// Why a family is not revoked on the authority of another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokeError {
    /// The family stays as it is.
    #[error("the authority to revoke the session does not hold")]
    Refused(RevocationRefusal),
    /// The family cannot be read or written.
    #[error(transparent)]
    Session(#[from] RefreshError),
}

/// Whether this request revoked the family, or it was revoked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// By this request.
    Now,
    /// By another request, on this node or another one.
    Before,
}

impl Revoked {
    pub(super) const fn of(outcome: RevocationOutcome) -> Self {
        match outcome {
            RevocationOutcome::Revoked => Self::Now,
            RevocationOutcome::Overtaken => Self::Before,
        }
    }
}

/// The family's access token of this generation was seen in use.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledge {
    /// The claim of the access token.
    pub generation: u64,
}

/// The database was changed past the actor: what it remembers is out of date.
#[derive(Clone, Copy, Debug)]
pub struct Forget;

/// The actor was taken out of the registry and stops.
#[derive(Clone, Copy, Debug)]
pub struct Stop;

/// Asks for a snapshot of the actor, for tests and operators.
#[derive(Clone, Copy, Debug)]
pub struct Observe;

/// The answer to [`Observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Absent while the actor remembers no family.
    pub generation: Option<u64>,
    /// Whether the access token of this generation was seen in use.
    pub acknowledged: bool,
}

/// A message with the moment it was sent, to measure how long it waited. The sender keeps the message, and can send it
/// again if the actor has died.
#[derive(Debug)]
pub struct Queued<M> {
    /// Shared with the sender.
    pub message: Arc<M>,
    /// When it was put into the mailbox.
    pub sent: Instant,
    /// The wait and the work, if the request is traced.
    pub span: Span,
}

impl Message for Queued<Refresh> {
    type Result = Result<Refreshed, RefreshError>;
}
impl Message for Queued<Revoke> {
    type Result = Result<Revoked, RefreshError>;
}
impl Message for Queued<RevokeFor> {
    type Result = Result<Revoked, RevokeError>;
}
impl Message for Queued<Present> {
    type Result = Result<Option<Box<Refreshed>>, RefreshError>;
}
impl Message for Queued<Renew> {
    type Result = Result<RenewedFamily, RefreshError>;
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
