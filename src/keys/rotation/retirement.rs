//! Signing keys that are retired out of turn: because they may have been stolen, or to get rid of one.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ATTEMPTS, Rotated, SigningKeyError, SigningKeys};
use crate::model::key_ring::SigningKeyRing;
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::Effects;
use crate::store::keys::signing_key::KeyChange;

/// The keys after a retirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// The key.
    pub kid: String,
    /// Such as `ES256`.
    pub algorithm: String,
    /// The state that the key had.
    pub was: String,
    /// Whether its tokens are refused from now on.
    pub now: bool,
    /// The key that signs; absent if this version does not know the algorithm.
    pub active: Option<String>,
    /// The one that is next.
    pub standby: Option<String>,
}

impl Retired {
    /// The detail of the security event.
    pub fn detail(&self) -> Value {
        json!({
            "kid": self.kid,
            "algorithm": self.algorithm,
            "was": self.was,
            "now": self.now,
            "active": self.active,
            "standby": self.standby,
        })
    }
}

impl SigningKeys {
    /// Retires a key in its turn, if the principal (absent for the command line) may: the active one by a rotation, and
    /// one on standby, which has signed nothing, by another one in its place.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the keys are as they were.
    pub async fn retire(
        &self,
        kid: &str,
        by: Option<Uuid>,
        effects: impl Fn(&Retired) -> Effects,
    ) -> Result<Retired, SigningKeyError> {
        let (_, opened) = self.read().await?;
        let found =
            opened.keys.iter().find(|opened| opened.key.kid == kid).ok_or(SigningKeyError::Unknown)?;
        match found.key.state {
            KeyState::Active => {
                let retired = |rotated: &Rotated| retired_by(rotated, kid);
                let by_rotation = |rotated: &Rotated| effects(&retired(rotated));
                let rotated = self.rotate(found.key.algorithm, by, by_rotation).await?;
                Ok(retired(&rotated))
            }
            KeyState::Standby => self.take_out(kid, false, by, effects).await,
            KeyState::Retired => Err(SigningKeyError::Retired),
        }
    }

    /// Retires a key in an emergency, if the principal (absent for the command line) may: it is removed, its tokens are
    /// refused by every node as soon as that has read the revocation log, and the key on standby signs in its place
    /// without waiting. Services that cache the JWK Set accept its tokens until they fetch the set again.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the keys are as they were.
    pub async fn retire_now(
        &self,
        kid: &str,
        by: Option<Uuid>,
        effects: impl Fn(&Retired) -> Effects,
    ) -> Result<Retired, SigningKeyError> {
        self.take_out(kid, true, by, effects).await
    }

    /// Retires every key at once, if the principal (absent for the command line) may, and makes new ones. Gives the `kid`s of
    /// those that were retired.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the keys are as they were.
    pub async fn replace_all(
        &self,
        by: Option<Uuid>,
        effects: impl Fn(&[String]) -> Effects,
    ) -> Result<Vec<String>, SigningKeyError> {
        for _ in 0..ATTEMPTS {
            let stored = self.parts.store.signing_keys().await?;
            let kids: Vec<String> = stored.iter().map(|key| key.kid.clone()).collect();
            let mut change = KeyChange::of(&stored, self.parts.clock.now());
            (change.removed, change.revoked) = (kids.clone(), kids.clone());
            for algorithm in SigningAlgorithm::ALL {
                let has_keys = stored.iter().any(|key| key.algorithm == algorithm.as_str());
                if has_keys || algorithm == self.algorithm() {
                    // Without the keys on standby, which may have been stolen as well.
                    self.room().complete(&[], &SigningKeyRing::default(), algorithm, &mut change)?;
                }
            }
            if self.apply(by, &change, &effects(&kids)).await? {
                return Ok(kids);
            }
        }
        Err(SigningKeyError::Overtaken)
    }

    async fn take_out(
        &self,
        kid: &str,
        is_revoked: bool,
        by: Option<Uuid>,
        effects: impl Fn(&Retired) -> Effects,
    ) -> Result<Retired, SigningKeyError> {
        for _ in 0..ATTEMPTS {
            let stored = self.parts.store.signing_keys().await?;
            let found = stored.iter().find(|key| key.kid == kid).ok_or(SigningKeyError::Unknown)?;
            let mut change = KeyChange::of(&stored, self.parts.clock.now());
            change.removed.push(kid.to_owned());
            if is_revoked {
                change.revoked.push(kid.to_owned());
            }
            let room = self.room();
            // Whatever else is damaged must not keep the key where it is.
            let complete = match SigningAlgorithm::from_stored(&found.algorithm) {
                Some(algorithm) => {
                    let ring = room.open_usable(&stored).ring(algorithm).without(kid);
                    Some(room.complete(&stored, &ring, algorithm, &mut change)?)
                }
                None => None,
            };
            let (active, standby) = complete.map(|ring| (ring.active, ring.standby)).unzip();
            let retired = Retired {
                kid: kid.to_owned(),
                algorithm: found.algorithm.clone(),
                was: found.state.as_str().to_owned(),
                now: is_revoked,
                active,
                standby,
            };
            if self.apply(by, &change, &effects(&retired)).await? {
                return Ok(retired);
            }
        }
        Err(SigningKeyError::Overtaken)
    }
}

fn retired_by(rotated: &Rotated, kid: &str) -> Retired {
    Retired {
        kid: kid.to_owned(),
        algorithm: rotated.algorithm.to_owned(),
        was: KeyState::Active.as_str().to_owned(),
        now: false,
        active: Some(rotated.active.clone()),
        standby: Some(rotated.standby.clone()),
    }
}
