//! Rings that have lost a key in an emergency: what takes its place cannot wait.

use super::{KeyError, KeyStore};
use crate::crypto::seal::SealError;
use crate::model::key_ring::SigningKeyRing;
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::Effects;
use crate::store::keys::signing_key::{KeyChange, KeyChangeOutcome, StoredSigningKey};

/// How often revoked keys are looked for again because another process was faster.
const ATTEMPTS: u32 = 5;

/// The keys of a ring that has all it needs.
pub struct CompleteRing {
    pub active: String,
    pub standby: String,
}

impl KeyStore<'_> {
    /// Adds to the change what the ring lacks: an active key, which is the one on standby if it can be opened, and one on
    /// standby.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(super) fn complete(
        &self,
        stored: &[StoredSigningKey],
        ring: &SigningKeyRing,
        algorithm: SigningAlgorithm,
        change: &mut KeyChange,
    ) -> Result<CompleteRing, KeyError> {
        let (active, standby) = match (ring.active(), ring.standby()) {
            (Some(active), standby) => (active.kid.clone(), standby.map(|key| key.kid.clone())),
            (None, _) => (self.replace_active(stored, ring, algorithm, change)?, None),
        };
        let standby = match standby {
            Some(kid) => kid,
            None => self.insert(algorithm, KeyState::Standby, change)?,
        };
        Ok(CompleteRing { active, standby })
    }

    fn replace_active(
        &self,
        stored: &[StoredSigningKey],
        ring: &SigningKeyRing,
        algorithm: SigningAlgorithm,
        change: &mut KeyChange,
    ) -> Result<String, KeyError> {
        let standby = ring.standby().and_then(|standby| stored.iter().find(|key| key.kid == standby.kid));
        let Some(standby) = standby else { return self.insert(algorithm, KeyState::Active, change) };
        match self.check_private_half(standby) {
            Ok(()) => {
                change.updated.push(self.activated(standby, change.at));
                Ok(standby.kid.clone())
            }
            Err(SealError::UnknownKey(id)) => Err(KeyError::OtherMasterKey(id)),
            Err(SealError::Damaged | SealError::TooLong) => {
                change.removed.push(standby.kid.clone());
                self.insert(algorithm, KeyState::Active, change)
            }
        }
    }

    fn insert(
        &self,
        algorithm: SigningAlgorithm,
        state: KeyState,
        change: &mut KeyChange,
    ) -> Result<String, KeyError> {
        let key = self.new_signing_key(algorithm, state, change.at)?;
        let kid = key.kid.clone();
        change.inserted.push(key);
        Ok(kid)
    }

    /// Removes keys of `secrets.revoked_kids`, which a database of before has brought back, and completes their rings.
    /// `true` if there were any.
    ///
    /// # Errors
    /// [`KeyError`]; then they are not accepted all the same.
    pub(super) async fn remove_revoked(&self, stored: &[StoredSigningKey]) -> Result<bool, KeyError> {
        let mut stored = stored.to_vec();
        for attempt in 0..ATTEMPTS {
            let is_revoked = |key: &&StoredSigningKey| self.revoked_kids.contains(&key.kid);
            let removed: Vec<String> = stored.iter().filter(is_revoked).map(|key| key.kid.clone()).collect();
            if removed.is_empty() {
                return Ok(attempt > 0);
            }
            tracing::warn!(kids = ?removed, "keys of secrets.revoked_kids are in the database and are removed");
            let mut change = KeyChange::of(&stored, self.clock.now());
            (change.removed, change.revoked) = (removed.clone(), removed);
            let opened = self.open_usable(&stored);
            for algorithm in SigningAlgorithm::ALL {
                let is_of_algorithm = |key: &&StoredSigningKey| key.algorithm == algorithm.as_str();
                if stored.iter().filter(is_of_algorithm).any(|key| is_revoked(&key)) {
                    self.complete(&stored, &opened.ring(algorithm), algorithm, &mut change)?;
                }
            }
            let outcome = self.store.change_signing_keys(None, &change, &Effects::default()).await?;
            if outcome == KeyChangeOutcome::Done {
                return Ok(true);
            }
            stored = self.store.signing_keys().await?;
        }
        Ok(true)
    }
}
