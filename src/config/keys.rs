//! `keys.*`: how long signing keys stay where they are.

use std::time::Duration;

use super::{Reader, Tokens, setting};
use crate::model::key_ring::RingRules;

/// How long verifiers may cache the JWK Set: the `max-age` of its answer.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// How long a signing key is published before it signs.
    pub standby_for: Duration,
    /// How long the tokens of a retired key are accepted. At least until the last of them has expired everywhere.
    pub retired_for: Duration,
    /// How long a key signs before the next one takes over; zero if keys are rotated on demand only.
    pub rotate_every: Duration,
}

impl Keys {
    /// The last token of a retired key is issued by a node that has not heard of its retirement, and checked by a service
    /// that has just fetched the set.
    const LEAST_RETIRED: Duration = Tokens::LONGEST_LIFE.saturating_add(JWKS_MAX_AGE);

    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Keys");
        let keys = Self {
            standby_for: reader.value(
                setting(
                    "keys.standby_for",
                    "How long a signing key is published before it signs. Longer than any service that verifies \
                    tokens caches the JWK Set.",
                )
                .between(2 * JWKS_MAX_AGE, 30 * DAY),
                DAY,
            ),
            retired_for: reader.value(
                setting(
                    "keys.retired_for",
                    "How long tokens of a retired signing key are accepted, and the key is published.",
                )
                .between(Self::LEAST_RETIRED, 90 * DAY),
                DAY,
            ),
            rotate_every: reader.value(
                setting(
                    "keys.rotate_every",
                    "How long a signing key signs before the next one takes over. 0 leaves rotations to \
                    `kindred keys rotate`.",
                )
                .at_most(3650 * DAY)
                .note("0, or at least `keys.standby_for` and `keys.retired_for`, and an hour"),
                90 * DAY,
            ),
        };
        let least = keys.standby_for.max(keys.retired_for).max(HOUR);
        reader.check(
            "keys.rotate_every",
            keys.rotate_every.is_zero() || keys.rotate_every >= least,
            "must be 0, or not shorter than keys.standby_for and keys.retired_for",
        );
        keys
    }

    /// The rules of the rings.
    pub fn rules(&self) -> RingRules {
        RingRules {
            standby_for: self.standby_for,
            retired_for: self.retired_for,
            rotate_every: (!self.rotate_every.is_zero()).then_some(self.rotate_every),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{load, problem_keys};

    #[test]
    fn keys_are_rotated_no_faster_than_verifiers_follow() {
        let keys = load(&[]).unwrap().keys;
        assert_eq!((keys.standby_for, keys.retired_for, keys.rotate_every), (DAY, DAY, 90 * DAY));
        assert_eq!(keys.rules().rotate_every, Some(90 * DAY));
        let by_hand = load(&[("KINDRED_KEYS__ROTATE_EVERY", "0s")]).unwrap().keys;
        assert_eq!(by_hand.rules().rotate_every, None);
        for (variable, value, key) in [
            ("KINDRED_KEYS__STANDBY_FOR", "9m", "keys.standby_for"),
            ("KINDRED_KEYS__RETIRED_FOR", "68m", "keys.retired_for"),
            ("KINDRED_KEYS__ROTATE_EVERY", "23h", "keys.rotate_every"),
        ] {
            assert_eq!(problem_keys(&[(variable, value)]), [key], "{value}");
        }
        assert_eq!(
            problem_keys(&[("KINDRED_TOKENS__SIGNING_ALGORITHM", "HS256")]),
            ["tokens.signing_algorithm"]
        );
    }
}
