//! The session family, and the decision about a presented refresh token.
//!
//! One login is one family (the `sid` of OpenID Connect). A family has exactly one live refresh token, whose use
//! produces the next generation. [`present`] is a pure function, so that every path to a successor can be read, and
//! tested exhaustively, in one place.

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::assurance::{Aal, Amr};
use super::family_key::{FamilyKey, RootKeyId};
use super::idempotency::{AttemptKey, IdempotencyKeyHash};
use super::refresh_token::RefreshToken;
use super::revocation::RevokeReason;
use crate::clock::Timestamp;

/// The facts of a family that the rules depend on. Data that is only shown, such as names and networks, stays in the
/// database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFamily {
    pub id: Uuid,
    pub user_id: Uuid,
    /// The root key of the token of the current generation.
    pub key_id: RootKeyId,
    /// Random, chosen at the login. The family key is derived from it and the root key.
    pub salt: [u8; 16],
    /// 1 at the login, and one more with each rotation.
    pub generation: u64,
    /// When the current generation was issued.
    pub rotated_at: Timestamp,
    /// The hash of the `Idempotency-Key` of the rotation to the current generation.
    pub rotation_key_hash: Option<IdempotencyKeyHash>,
    /// When the user last authenticated. A refresh does not change it (OpenID Connect Core §12.2).
    pub auth_time: Timestamp,
    pub amr: Amr,
    pub aal: Aal,
    /// The `credential_epoch` of the user at the login. The family ends when that of the user changes.
    pub credential_epoch: i64,
    /// When the family expires unless it is refreshed before; never after `expires_at`.
    pub idle_expires_at: Timestamp,
    /// When the family expires, however often it is refreshed.
    pub expires_at: Timestamp,
    /// When the current access token expires; [`Timestamp::default`] in rows of versions that did not keep it.
    pub access_expires_at: Timestamp,
    /// Why the family was revoked; `None` while it is live or only expired.
    pub revoked: Option<RevokeReason>,
}

/// Facts about a family that only this process knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalKnowledge {
    /// The current generation was used: this server has seen its access token.
    pub acknowledged: bool,
    /// The revocation index contains the family, even if its row does not say so yet.
    pub revoked: bool,
}

/// The facts of a refresh request besides its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// When the request arrived, by the monotonic clock.
    pub arrived: Instant,
    /// The `Idempotency-Key` of this attempt.
    pub attempt: Option<AttemptKey>,
    /// [`Device::fingerprint`](super::device::Device::fingerprint) of the client.
    pub device_hash: [u8; 8],
}

/// How tolerant the service is of races and lost answers. All windows begin with the rotation and are not extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// `refresh.grace`
    pub grace: Duration,
    /// `refresh.retry_window`
    pub retry_window: Duration,
    /// `refresh.derived_retry_window`
    pub derived_retry_window: Duration,
    /// `refresh.race_window`
    pub race_window: Duration,
}

/// The decision about a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The token was not issued by this service. The family does not change.
    Invalid,
    /// The family was revoked before. This is not an alarm of theft.
    Revoked(RevokeReason),
    /// The idle or the absolute expiry has been reached.
    Expired,
    /// The live token under the key of the rotation that issued it gets its tokens again. A browser adds the cookie
    /// when it sends, so a retry can carry the successor.
    Unchanged,
    /// The live token is spent, and the next generation is issued.
    Rotate,
    /// The previous token of a client that lost the answer gets the same successor again.
    Retry,
    /// The client repeats an attempt with an `Idempotency-Key` after the retry window. The family is revoked, without
    /// an alarm.
    RetryExpired,
    /// A spent token that another request with the same token may have overtaken. Nothing changes.
    InFlight,
    /// The previous token again, by a client without `Idempotency-Key`. Either the answer was lost, or someone else
    /// has the token. No safe answer exists, so the family is revoked, without an alarm of theft.
    Unconfirmed,
    /// A spent token: someone else has tokens of this family.
    Replay(ReplayClass),
    /// A generation or a root key that this family never had: an older state of the database was restored.
    Regressed,
}

/// How far behind a reused token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayClass {
    /// One generation behind, and the successor was not seen in use yet.
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
    pub attempt: Option<AttemptKey>,
    /// When the request arrived, by the clock that `rotated_at` was taken from.
    pub arrived: Timestamp,
    /// The family was loaded after the arrival with this token as the live one, and another rotation was faster: a
    /// race, even if the times say otherwise.
    pub overtaken: bool,
    /// The client looks like the device of the login.
    pub same_device: bool,
}

/// Decides about a presented token. The order of the checks matters: a token that is not authentic reveals and changes
/// nothing, a revoked family raises no alarm, and only then is reuse detected (RFC 9700 §4.14.2).
pub fn present(
    family: &SessionFamily,
    local: &LocalKnowledge,
    presented: &Presented<'_>,
    tolerance: &Tolerance,
    now: Timestamp,
) -> Decision {
    if !is_authentic(family, presented) {
        return Decision::Invalid;
    }
    if let Some(reason) = family.revoked {
        return Decision::Revoked(reason);
    }
    if local.revoked {
        return Decision::Revoked(RevokeReason::CredentialsChanged);
    }
    if now >= family.idle_expires_at || now >= family.expires_at {
        return Decision::Expired;
    }
    match family.generation.checked_sub(presented.token.generation()) {
        None => Decision::Regressed,
        Some(0) => present_live(family, presented, tolerance),
        Some(behind) => present_spent(family, local, presented, tolerance, (behind, now)),
    }
}

fn present_live(family: &SessionFamily, presented: &Presented<'_>, tolerance: &Tolerance) -> Decision {
    if presented.token.root_key_id() != family.key_id {
        return Decision::Regressed;
    }
    if is_same_attempt(family, presented) && arrived_within(family, presented, tolerance.race_window) {
        return Decision::Unchanged;
    }
    Decision::Rotate
}

fn present_spent(
    family: &SessionFamily,
    local: &LocalKnowledge,
    presented: &Presented<'_>,
    tolerance: &Tolerance,
    (behind, now): (u64, Timestamp),
) -> Decision {
    let is_previous = behind == 1;
    if is_previous && is_same_attempt(family, presented) {
        return present_retry(family, presented, tolerance, now);
    }
    if is_previous && is_graced(family, local, presented, tolerance, now) {
        return Decision::Retry;
    }
    let may_have_raced = behind <= 2 && arrived_within(family, presented, tolerance.race_window);
    if may_have_raced || presented.overtaken {
        return Decision::InFlight;
    }
    match presented.attempt {
        _ if !is_previous => Decision::Replay(ReplayClass::Stale),
        None if family.rotation_key_hash.is_none() => Decision::Unconfirmed,
        _ if local.acknowledged => Decision::Replay(ReplayClass::PreviousAcknowledged),
        _ => Decision::Replay(ReplayClass::Previous),
    }
}

/// The successor is unused, because otherwise the presented token would be further behind. A key that is derived from
/// the token does not distinguish the owner from a thief, so it is accepted for a short time only.
fn present_retry(
    family: &SessionFamily,
    presented: &Presented<'_>,
    tolerance: &Tolerance,
    now: Timestamp,
) -> Decision {
    let window = match presented.attempt {
        Some(attempt) if attempt.derived => tolerance.derived_retry_window.min(tolerance.retry_window),
        _ => tolerance.retry_window,
    };
    if now.since(family.rotated_at) < window { Decision::Retry } else { Decision::RetryExpired }
}

/// Checks the token under the root key that it names, so that reuse is detected across a rotation of root keys.
fn is_authentic(family: &SessionFamily, presented: &Presented<'_>) -> bool {
    let Some(key) = presented.key else { return false };
    presented.token.family_id() == family.id && presented.token.is_authentic(key)
}

/// The attempt has the `Idempotency-Key` of the one that led to the current generation.
fn is_same_attempt(family: &SessionFamily, presented: &Presented<'_>) -> bool {
    match (&family.rotation_key_hash, &presented.attempt) {
        (Some(stored), Some(sent)) => super::family_key::equal(&stored.0, &sent.hash.0),
        _ => false,
    }
}

/// The request arrived this soon after the rotation to the current generation, or before it.
fn arrived_within(family: &SessionFamily, presented: &Presented<'_>, window: Duration) -> bool {
    presented.arrived <= family.rotated_at.plus(window)
}

/// The configured grace period for clients without `Idempotency-Key`, which is off by default.
fn is_graced(
    family: &SessionFamily,
    local: &LocalKnowledge,
    presented: &Presented<'_>,
    tolerance: &Tolerance,
    now: Timestamp,
) -> bool {
    now.since(family.rotated_at) < tolerance.grace && !local.acknowledged && presented.same_device
}

/// A committed rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The root key of the token of the next generation.
    pub key_id: RootKeyId,
    /// The hash of the `Idempotency-Key` of the attempt.
    pub attempt: Option<IdempotencyKeyHash>,
    /// The time by the clock of the database.
    pub at: Timestamp,
    pub idle_timeout: Duration,
    pub access_life: Duration,
}

impl SessionFamily {
    /// The next generation. Assurance and the absolute expiry do not change, except that an authentication in the
    /// future, after the clock of the database was set back, counts from now.
    #[must_use]
    pub fn rotated(&self, rotation: &Rotated) -> Self {
        let at = rotation.at;
        Self {
            key_id: rotation.key_id,
            generation: self.generation + 1,
            rotated_at: at,
            rotation_key_hash: rotation.attempt,
            idle_expires_at: at.plus(rotation.idle_timeout).min(self.expires_at),
            access_expires_at: at.plus(rotation.access_life),
            auth_time: self.auth_time.min(at),
            ..self.clone()
        }
    }

    /// The next generation, at whose beginning the user has authenticated by these methods.
    #[must_use]
    pub fn reauthenticated(&self, rotation: &Rotated, methods: Amr) -> Self {
        let amr = self.amr.and(methods);
        Self { auth_time: rotation.at, amr, aal: self.aal.max(amr.aal()), ..self.rotated(rotation) }
    }

    /// Whether the user has authenticated since the current generation began. This was possible in versions before 0.2
    /// only: now an authentication begins a generation.
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
