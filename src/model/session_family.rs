//! The session family and the decision what a presented refresh token gets.
//!
//! One login is one family (the `sid` of OIDC). A family has exactly one live refresh token; using it
//! produces the next generation. [`present`] is a pure function, so that every path to a successor
//! can be read, and tested exhaustively, in one place.

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::access_token::LEEWAY;
use super::assurance::{Aal, Amr};
use super::family_key::{FamilyKey, RootKeyId};
use super::idempotency::IdempotencyKeyHash;
use super::refresh_token::RefreshToken;
use super::revocation::RevokeReason;
use crate::clock::Timestamp;

/// A family as the rules need it; what is only shown (names, networks) stays in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFamily {
    pub id: Uuid,
    pub user_id: Uuid,
    /// The root key of the current generation's token.
    pub key_id: RootKeyId,
    /// Random, drawn at the login; with the root key it gives the family key.
    pub salt: [u8; 16],
    /// 1 at the login, one more with each rotation.
    pub generation: u64,
    /// When the current generation was issued.
    pub rotated_at: Timestamp,
    /// Of the `Idempotency-Key` that came with the rotation to the current generation.
    pub rotation_key_hash: Option<IdempotencyKeyHash>,
    /// When the user last proved who they are; a refresh does not change it (OpenID Connect Core §12.2).
    pub auth_time: Timestamp,
    pub amr: Amr,
    pub aal: Aal,
    /// The user's `credential_epoch` at login; the family ends when the user's moves on.
    pub credential_epoch: i64,
    /// When the family ends unless it is refreshed before; never after `expires_at`.
    pub idle_expires_at: Timestamp,
    /// When the family ends, however often it is refreshed.
    pub expires_at: Timestamp,
    /// [`Device::fingerprint`](super::device::Device::fingerprint) at the login.
    pub device_hash: [u8; 8],
    /// Why the family has ended; `None` while it is live or merely expired.
    pub revoked: Option<RevokeReason>,
}

/// What is known of a family in this process only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalKnowledge {
    /// When this process saw the current generation's rotation committed; absent after a reload.
    pub committed_at: Option<Instant>,
    /// The current generation was used: its access token was seen by this server.
    pub acknowledged: bool,
}

/// What a refresh request brings besides its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// When the request arrived, by the monotonic clock.
    pub arrived: Instant,
    /// When the request arrived, by the wall clock.
    pub arrived_at: Timestamp,
    /// The client's name for this attempt, hashed.
    pub idempotency_key: Option<IdempotencyKeyHash>,
    pub device_hash: [u8; 8],
}

/// How forgiving the service is towards lost answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// `refresh.grace`, from the rotation on.
    pub grace: Duration,
    /// `refresh.retry_window`, from the rotation on.
    pub retry_window: Duration,
    /// How far the wall clocks of two nodes may lie apart.
    pub clock_skew: Duration,
}

/// What a presented refresh token gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The token was not issued by this service: the family is not touched.
    Forged,
    /// The family has ended before: no theft, no alarm.
    Revoked(RevokeReason),
    /// The idle or the absolute expiry has been reached.
    Expired,
    /// The live token: it is spent and the next generation issued.
    Rotate,
    /// The previous token once more, by a client that lost the answer: the same successor.
    Retry,
    /// The previous token, sent before its rotation was committed: the other request has the answer.
    InFlight,
    /// A spent token: somebody else holds this family's tokens.
    Replay(ReplayClass),
    /// A generation this family never reached: the database was set back.
    Regressed,
}

impl Decision {
    /// Whether what another node did since could turn the decision round. The others hold: the read or
    /// write that follows them finds out.
    pub const fn may_be_outdated(self) -> bool {
        matches!(self, Self::Forged | Self::Expired | Self::InFlight | Self::Regressed)
    }
}

/// How far behind a replayed token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayClass {
    /// One generation behind, and the successor was not yet seen in use.
    Previous,
    /// One generation behind, although the successor was seen in use.
    PreviousAcknowledged,
    /// Two generations behind or more.
    Stale,
}

impl ReplayClass {
    pub const ALL: [Self; 3] = [Self::Previous, Self::PreviousAcknowledged, Self::Stale];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::PreviousAcknowledged => "previous_acknowledged",
            Self::Stale => "stale",
        }
    }
}

/// A refresh token as it was presented.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    pub token: &'a RefreshToken,
    /// The family key under the root key that the token names; `None` if there is no such root key.
    pub key: Option<&'a FamilyKey>,
    pub request: &'a RequestFacts,
}

/// Decides what a presented token gets. The order of the checks matters: what is not authentic learns
/// and changes nothing, what has ended raises no alarm, and only then is reuse looked for
/// (RFC 9700 §4.14.2).
pub fn present(
    family: &SessionFamily,
    local: &LocalKnowledge,
    presented: &Presented<'_>,
    tolerance: &Tolerance,
    now: Timestamp,
) -> Decision {
    let Presented { token, key, request } = *presented;
    if !is_authentic(family, token, key) {
        return Decision::Forged;
    }
    if let Some(reason) = family.revoked {
        return Decision::Revoked(reason);
    }
    if now >= family.idle_expires_at || now >= family.expires_at {
        return Decision::Expired;
    }
    if token.generation() == family.generation {
        return Decision::Rotate;
    }
    if token.generation() > family.generation {
        return Decision::Regressed;
    }
    if token.generation() + 1 < family.generation {
        return Decision::Replay(ReplayClass::Stale);
    }
    if is_named_retry(family, request, tolerance, now) || is_graced(family, local, request, tolerance, now) {
        return Decision::Retry;
    }
    if was_in_flight(family, local, request, tolerance, now) {
        return Decision::InFlight;
    }
    Decision::Replay(if local.acknowledged {
        ReplayClass::PreviousAcknowledged
    } else {
        ReplayClass::Previous
    })
}

/// The live generation is accepted under the root key it was issued with only; spent ones under any
/// key that is still known, so that reuse is recognised across a rotation of root keys.
fn is_authentic(family: &SessionFamily, token: &RefreshToken, key: Option<&FamilyKey>) -> bool {
    let Some(key) = key else { return false };
    let right_key = token.generation() != family.generation || token.root_key_id() == family.key_id;
    token.family_id() == family.id && right_key && token.is_authentic(key)
}

/// The client named its attempt and asks again; the window is anchored at the rotation and never slides.
fn is_named_retry(
    family: &SessionFamily,
    request: &RequestFacts,
    tolerance: &Tolerance,
    now: Timestamp,
) -> bool {
    let same_attempt = match (&family.rotation_key_hash, &request.idempotency_key) {
        (Some(stored), Some(sent)) => super::family_key::equal(&stored.0, &sent.0),
        _ => false,
    };
    same_attempt && now.since(family.rotated_at) < tolerance.retry_window
}

/// The configured grace, for clients that cannot name their attempts: off unless asked for.
fn is_graced(
    family: &SessionFamily,
    local: &LocalKnowledge,
    request: &RequestFacts,
    tolerance: &Tolerance,
    now: Timestamp,
) -> bool {
    now.since(family.rotated_at) < tolerance.grace
        && !local.acknowledged
        && request.device_hash == family.device_hash
}

/// Whether the request was under way when another request with the same token was answered. In one
/// process the monotonic clock tells; across processes the wall clocks do, as far as they agree.
fn was_in_flight(
    family: &SessionFamily,
    local: &LocalKnowledge,
    request: &RequestFacts,
    tolerance: &Tolerance,
    now: Timestamp,
) -> bool {
    match local.committed_at {
        Some(committed) => request.arrived < committed,
        None => {
            let earliest = request.arrived_at.minus(tolerance.clock_skew);
            (earliest..=now.plus(tolerance.clock_skew)).contains(&family.rotated_at)
        }
    }
}

impl SessionFamily {
    /// The next generation. Assurance and the absolute expiry are carried over unchanged; but a proof from
    /// the future, by a clock that was set back since, counts from now (with the leeway between clocks), so
    /// that the tokens are good at once, and the proof does not stay a recent one for too long.
    #[must_use]
    pub fn rotated(
        &self,
        key_id: RootKeyId,
        attempt: Option<IdempotencyKeyHash>,
        idle_timeout: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            key_id,
            generation: self.generation + 1,
            rotated_at: now,
            rotation_key_hash: attempt,
            idle_expires_at: now.plus(idle_timeout).min(self.expires_at),
            auth_time: self.auth_time.min(now.plus(LEEWAY)),
            ..self.clone()
        }
    }

    /// The same generation after another proof by these methods. Its moment lies after the generation's
    /// beginning and after the former proof, as far as the clocks of nodes may differ, so that the access
    /// token is a new one.
    #[must_use]
    pub fn stepped_up(&self, methods: Amr, now: Timestamp) -> Self {
        let earliest = self.issued_at().plus(Duration::from_micros(1));
        let auth_time = if earliest <= now.plus(LEEWAY) { earliest.max(now) } else { now };
        let amr = self.amr.and(methods);
        Self { auth_time, amr, aal: self.aal.max(amr.aal()), ..self.clone() }
    }

    /// Whether the user has proven who they are since the current generation began.
    pub fn has_stepped_up(&self) -> bool {
        self.auth_time > self.rotated_at
    }

    /// When the current access token was issued.
    pub fn issued_at(&self) -> Timestamp {
        self.rotated_at.max(self.auth_time)
    }

    /// When the current refresh token expires if it is not used.
    pub fn refresh_expires_at(&self) -> Timestamp {
        self.idle_expires_at.min(self.expires_at)
    }
}
