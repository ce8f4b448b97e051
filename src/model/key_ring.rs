//! The ring of signing keys of one algorithm: which step each key may take, and when.
//!
//! A key is published on standby for long enough that every verifier has fetched it before it signs, then it is
//! active, and after that it is retired: its tokens are accepted until the last of them has expired. Then it is removed.

use std::time::Duration;

use super::key_state::KeyState;
use crate::clock::Timestamp;

/// The most keys of a ring that are retired at a time, so that the published set stays small.
const MOST_RETIRED: usize = 2;

/// A key of the ring, without its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingKey {
    /// The name of the key in the header of tokens.
    pub kid: String,
    /// Where it stands.
    pub state: KeyState,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
}

/// How long keys stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingRules {
    /// `keys.standby_for`
    pub standby_for: Duration,
    /// `keys.retired_for`
    pub retired_for: Duration,
    /// `keys.rotate_every`; `None` if keys are rotated on demand only.
    pub rotate_every: Option<Duration>,
}

/// All keys of one algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigningKeyRing(Vec<RingKey>);

/// One key takes over from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation<'a> {
    /// It stops to sign. A ring whose first key has never signed has none.
    pub retiring: Option<&'a RingKey>,
    /// It begins to sign.
    pub activating: &'a RingKey,
}

/// Why a ring cannot be rotated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// No key was published to be the next one.
    #[error("there is no key on standby")]
    NoStandby,
    /// Verifiers may not know the next key yet.
    #[error("the key on standby has not been published for long enough")]
    NotRipe {
        /// The time until then.
        left: Duration,
    },
    /// Two retired keys are still published.
    #[error("two retired keys are still accepted")]
    TooManyRetired {
        /// The time until the first of them is removed.
        left: Duration,
    },
}

impl Obstacle {
    /// The time until it is gone by itself, in whole seconds, rounded up.
    pub fn seconds_left(&self) -> Option<u64> {
        match self {
            Self::NoStandby => None,
            Self::NotRipe { left } | Self::TooManyRetired { left } => {
                Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
            }
        }
    }
}

/// What is to be done about a ring now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSteps<'a> {
    /// Keys whose tokens have all expired.
    pub removed: Vec<&'a RingKey>,
    /// The rotation that is due and possible.
    pub rotation: Option<Rotation<'a>>,
    /// Whether a key on standby is to be made: there is none, or it is about to become active.
    pub lacks_standby: bool,
}

impl DueSteps<'_> {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && !self.lacks_standby
    }
}

impl SigningKeyRing {
    /// The ring of these keys, which all are of one algorithm.
    pub fn new(keys: impl IntoIterator<Item = RingKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The ring without one of its keys.
    #[must_use]
    pub fn without(&self, kid: &str) -> Self {
        Self(self.0.iter().filter(|key| key.kid != kid).cloned().collect())
    }

    /// The key that signs.
    pub fn active(&self) -> Option<&RingKey> {
        self.in_state(KeyState::Active).next()
    }

    /// The next one: of several on standby, the one that was published first.
    pub fn standby(&self) -> Option<&RingKey> {
        self.in_state(KeyState::Standby).min_by_key(|key| key.created_at)
    }

    /// When the key on standby may begin to sign. It need not wait at all if it is as old as the active key: every
    /// verifier that knows the one has fetched the other together with it. So it is after the very first start.
    pub fn ripe_at(&self, standby: &RingKey, rules: &RingRules) -> Timestamp {
        if self.active().is_some_and(|active| active.created_at == standby.created_at) {
            return standby.created_at;
        }
        standby.created_at.plus(rules.standby_for)
    }

    /// The next rotation, if it may take place now.
    ///
    /// # Errors
    /// [`Obstacle`].
    pub fn rotation(&self, rules: &RingRules, now: Timestamp) -> Result<Rotation<'_>, Obstacle> {
        let activating = self.standby().ok_or(Obstacle::NoStandby)?;
        let left = self.ripe_at(activating, rules).since(now);
        if !left.is_zero() {
            return Err(Obstacle::NotRipe { left });
        }
        let mut accepted: Vec<Duration> = self
            .in_state(KeyState::Retired)
            .map(|key| accepted_for(key, rules, now))
            .filter(|left| !left.is_zero())
            .collect();
        accepted.sort_unstable();
        match accepted.first() {
            Some(left) if accepted.len() >= MOST_RETIRED => Err(Obstacle::TooManyRetired { left: *left }),
            _ => Ok(Rotation { retiring: self.active(), activating }),
        }
    }

    /// What the background job does about the ring.
    pub fn due(&self, rules: &RingRules, now: Timestamp) -> DueSteps<'_> {
        let is_due = match (self.active(), rules.rotate_every) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(active), Some(period)) => {
                active.activated_at.is_none_or(|activated| now.since(activated) >= period)
            }
        };
        let rotation = self.rotation(rules, now).ok().filter(|_| is_due);
        let removed = self.in_state(KeyState::Retired).filter(|key| accepted_for(key, rules, now).is_zero());
        DueSteps {
            removed: removed.collect(),
            rotation,
            lacks_standby: rotation.is_some() || self.standby().is_none(),
        }
    }

    fn in_state(&self, state: KeyState) -> impl Iterator<Item = &RingKey> {
        self.0.iter().filter(move |key| key.state == state)
    }
}

/// How long tokens of a retired key are still accepted.
fn accepted_for(key: &RingKey, rules: &RingRules, now: Timestamp) -> Duration {
    key.retired_at.map_or(Duration::ZERO, |retired| rules.retired_for.saturating_sub(now.since(retired)))
}

#[cfg(test)]
mod tests;
