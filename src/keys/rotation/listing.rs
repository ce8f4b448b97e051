//! The signing keys, for people.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{SigningKeys, rings_of};
use crate::clock::Timestamp;
use crate::keys::KeyError;
use crate::keys::signing::OpenedKey;
use crate::model::key_ring::SigningKeyRing;
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::SigningAlgorithm;

/// A key as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedKey {
    /// The name of the key in the header of tokens.
    pub kid: String,
    /// Such as `ES256`.
    pub algorithm: &'static str,
    /// `standby`, `active` or `retired`.
    pub state: &'static str,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
    /// When a key on standby may begin to sign, and when a retired one is removed.
    pub next_step_at: Option<Timestamp>,
}

impl SigningKeys {
    /// All keys that can be used, in the order in which they were made.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn list(&self) -> Result<Vec<ListedKey>, KeyError> {
        let (_, opened) = self.read().await?;
        let rings = rings_of(&opened);
        Ok(opened.keys.iter().map(|key| self.listed(key, &rings)).collect())
    }

    fn listed(&self, opened: &OpenedKey, rings: &BTreeMap<SigningAlgorithm, SigningKeyRing>) -> ListedKey {
        let (key, rules) = (opened.ring_key(), &self.parts.rules);
        let next_step_at = match key.state {
            KeyState::Active => None,
            KeyState::Standby => rings.get(&opened.key.algorithm).map(|ring| ring.ripe_at(&key, rules)),
            KeyState::Retired => key.retired_at.map(|at| at.plus(rules.retired_for)),
        };
        ListedKey {
            kid: key.kid,
            algorithm: opened.key.algorithm.as_str(),
            state: key.state.as_str(),
            created_at: key.created_at,
            activated_at: key.activated_at,
            retired_at: key.retired_at,
            next_step_at,
        }
    }
}
