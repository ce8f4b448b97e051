//! The session family, and the decision what a presented refresh token gets.
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
use super::transport::Transport;
use crate::clock::Timestamp;

/// A family as the rules need it; what is only displayed (names, networks) stays in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFamily {
    /// In every token of the family: the claim `sid`, and part of the refresh token. A UUIDv7 of the login.
    pub id: Uuid,
    /// The owner.
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
    /// The methods of the login and of later step-ups (RFC 8176).
    pub amr: Amr,
    /// Follows from `amr`.
    pub aal: Aal,
    /// The user's `credential_epoch` at login; the family is revoked when the user's moves on.
    pub credential_epoch: i64,
    /// When the family expires unless it is refreshed before; never after `expires_at`.
    pub idle_expires_at: Timestamp,
    /// When the family expires, however often it is refreshed.
    pub expires_at: Timestamp,
    /// When the current access token expires; [`Timestamp::default`] in rows of versions that did not keep it.
    pub access_expires_at: Timestamp,
    /// How its tokens travel.
    pub transport: Transport,
    /// Whether it outlives the browser; otherwise it may be idle for a short time only.
    pub remembered: bool,
    /// Why the family was revoked; `None` while it is live or merely expired.
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
    /// The way in which the token came.
    pub transport: Transport,
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
    /// `refresh.regressed`
    pub regressed: RegressedPolicy,
}

/// What becomes of a session whose token is ahead of the database: `refresh.regressed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegressedPolicy {
    /// It is revoked.
    #[default]
    End,
    /// It goes on from the token's generation. The token carries this server's own tag, so it was issued.
    Adopt,
}

/// How long a session may go without a refresh.
#[derive(Clone, Copy, Debug)]
pub struct IdleTimeouts {
    /// `sessions.idle_timeout`
    pub remembered: Duration,
    /// `sessions.short_idle_timeout`
    pub short: Duration,
}

impl IdleTimeouts {
    /// That of a session that outlives the browser, or of one that does not.
    pub const fn of(self, remembered: bool) -> Duration {
        if remembered { self.remembered } else { self.short }
    }
}

/// The decision about a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The token was not issued by this service. The family does not change.
    Invalid,
    /// The family was revoked before: no theft, no alarm.
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
    /// The client named its attempt, but asks again after the retry window: the family is revoked, without an alarm.
    RetryExpired,
    /// A spent token that another request with the same token may have overtaken. Nothing changes.
    InFlight,
    /// The previous token again, by a client that names no attempts. The answer was lost, or someone else holds the
    /// token: nothing can be handed out safely, so the family is revoked, without an alarm of theft.
    Unconfirmed,
    /// Reuse of a spent token (RFC 9700 §4.14.2): someone else holds this family's tokens. Published names that are older
    /// than this word, such as the reason `replay` and `auth_refresh_replay_total`, stay.
    Reuse(ReuseClass),
    /// A generation or a root key that this family never had: the database was set back.
    Regressed,
    /// The same, and the family goes on: the presented token is spent, and the generation after it is issued.
    Adopt,
}

/// How far behind a reused token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReuseClass {
    /// One generation behind, and the successor was not yet seen in use.
    Previous,
    /// One generation behind, although the successor was seen in use.
    PreviousAcknowledged,
    /// Two generations behind or more.
    Stale,
}

impl ReuseClass {
    /// All classes, for metrics that begin at zero.
    pub const ALL: [Self; 3] = [Self::Previous, Self::PreviousAcknowledged, Self::Stale];

    /// The label of the metric and the detail of the security event.
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
    /// The token; nothing about it is verified yet but its form.
    pub token: &'a RefreshToken,
    /// The family key under the root key that the token names; `None` if there is no such root key.
    pub key: Option<&'a FamilyKey>,
    /// The `Idempotency-Key` of the request, if it has one.
    pub attempt: Option<AttemptKey>,
    /// When the request arrived, by the clock that `rotated_at` was taken from.
    pub arrived: Timestamp,
    /// The family was loaded after the arrival with this token as the live one, and another rotation was faster: a
    /// race, even if the times say otherwise.
    pub overtaken: bool,
    /// The client looks like the device of the login.
    pub same_device: bool,
    /// The way in which it came.
    pub transport: Transport,
}

/// Decides what a presented token gets. The order of the checks matters: what is not authentic learns
/// and changes nothing, what was revoked raises no alarm, and only then is reuse looked for
/// (RFC 9700 §4.14.2).
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
        None => present_regressed(tolerance),
        Some(0) => present_live(family, presented, tolerance),
        Some(behind) => present_spent(family, local, presented, tolerance, (behind, now)),
    }
}

fn present_live(family: &SessionFamily, presented: &Presented<'_>, tolerance: &Tolerance) -> Decision {
    if presented.token.root_key_id() != family.key_id {
        return present_regressed(tolerance);
    }
    if is_same_attempt(family, presented) && arrived_within(family, presented, tolerance.race_window) {
        return Decision::Unchanged;
    }
    Decision::Rotate
}

const fn present_regressed(tolerance: &Tolerance) -> Decision {
    match tolerance.regressed {
        RegressedPolicy::End => Decision::Regressed,
        RegressedPolicy::Adopt => Decision::Adopt,
    }
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
        _ if !is_previous => Decision::Reuse(ReuseClass::Stale),
        None if family.rotation_key_hash.is_none() => Decision::Unconfirmed,
        _ if local.acknowledged => Decision::Reuse(ReuseClass::PreviousAcknowledged),
        _ => Decision::Reuse(ReuseClass::Previous),
    }
}

/// The successor is unused, or the presented token would be further behind. A name that follows from the token does not
/// tell its owner from a thief, so it is good for a short time only.
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

/// Checks the token under the root key that it names, so that reuse is detected across a rotation of root keys. A token
/// that was issued in a cookie is refused in a body, and the other way round: only then do the checks of requests with
/// cookies protect every use of it, and no one who plants a token in a browser's cookies logs the browser in.
fn is_authentic(family: &SessionFamily, presented: &Presented<'_>) -> bool {
    let Some(key) = presented.key else { return false };
    presented.token.family_id() == family.id
        && presented.transport == family.transport
        && presented.token.is_authentic(key)
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

/// What is decided about the next generation before it is committed. When it begins, the database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextGeneration {
    /// The root key of the next generation's token.
    pub key_id: RootKeyId,
    /// Of the attempt's `Idempotency-Key`, for its retries.
    pub rotation_key_hash: Option<IdempotencyKeyHash>,
    /// How long the next generation may go unused.
    pub idle_timeout: Duration,
    /// How long its access token is valid.
    pub access_life: Duration,
}

impl SessionFamily {
    /// The next generation, as of the commit at this moment. Assurance and the absolute expiry are carried over
    /// unchanged, except that an authentication from the future, from before the database was set back, counts from now.
    #[must_use]
    pub fn rotated(&self, next: &NextGeneration, at: Timestamp) -> Self {
        Self {
            key_id: next.key_id,
            generation: self.generation + 1,
            rotated_at: at,
            rotation_key_hash: next.rotation_key_hash,
            idle_expires_at: at.plus(next.idle_timeout).min(self.expires_at),
            access_expires_at: at.plus(next.access_life),
            auth_time: self.auth_time.min(at),
            ..self.clone()
        }
    }

    /// The next generation, at whose beginning the user has authenticated by these methods.
    #[must_use]
    pub fn reauthenticated(&self, next: &NextGeneration, at: Timestamp, methods: Amr) -> Self {
        let amr = self.amr.and(methods);
        Self { auth_time: at, amr, aal: self.aal.max(amr.aal()), ..self.rotated(next, at) }
    }

    /// Whether the user was reauthenticated since the current generation began. Only versions before 0.2 allowed that:
    /// now a step-up begins a generation.
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
