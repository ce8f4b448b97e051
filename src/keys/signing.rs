//! Signing keys as they stand in the database. Everyone who can write there could put a key of their own among
//! them, and the server would publish it and believe its tokens: so each row has a tag under the master key.

use serde_json::Value;

use super::{KeyError, KeyStore};
use crate::clock::Timestamp;
use crate::crypto::seal::{MasterKeys, SealError};
use crate::crypto::signer::{ALGORITHM, BadKey, Signer, SigningKey, public_half};
use crate::model::key_state::KeyState;
use crate::model::sealed_row::SealedRow;
use crate::secret::Secret;
use crate::store::keys::signing_key::{Authentication, StoredSigningKey};

const LABEL: &str = "signing_keys";

impl KeyStore<'_> {
    /// The signing keys: at the first start an active one, and one on standby that verifiers can
    /// learn before it signs.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn signer(&self) -> Result<Signer, KeyError> {
        let mut stored = self.store.signing_keys().await?;
        if stored.is_empty() {
            let now = self.clock.now();
            let first =
                [self.new_signing_key(KeyState::Active, now)?, self.new_signing_key(KeyState::Standby, now)?];
            self.store.create_signing_keys(&first).await?;
            stored = self.store.signing_keys().await?;
        }
        self.authenticate(&stored).await?;
        let signer = self.read_signer(&stored)?;
        for key in stored {
            self.reseal(SealedRow::SigningKey(key.kid), &key.sealed).await;
        }
        Ok(signer)
    }

    pub(super) fn read_signer(&self, stored: &[StoredSigningKey]) -> Result<Signer, KeyError> {
        let known = stored.iter().filter(|key| is_known(key));
        let keys = known.map(|key| self.read_signing_key(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(Signer::new(&keys)?)
    }

    fn new_signing_key(&self, state: KeyState, now: Timestamp) -> Result<StoredSigningKey, KeyError> {
        let (key, pkcs8) = SigningKey::generate(state, now)?;
        let row = SealedRow::SigningKey(key.kid.clone()).to_string();
        let mut stored = StoredSigningKey {
            sealed: self.master.seal(self.entropy, &row, pkcs8.expose())?,
            kid: key.kid,
            algorithm: ALGORITHM.to_owned(),
            state: state.into(),
            public_jwk: key.public_jwk.to_string(),
            created_at: now,
            activated_at: key.activated_at,
            mac: None,
        };
        stored.mac = Some(tag(self.master, &stored));
        Ok(stored)
    }

    /// Refuses rows that this service did not write. Rows of versions that wrote no tags get theirs, but only where
    /// there is none at all: beside one that has a tag, a row without is not from here.
    async fn authenticate(&self, stored: &[StoredSigningKey]) -> Result<(), KeyError> {
        let is_from_before = stored.iter().all(|key| key.mac.is_none());
        let mut renewed = Vec::new();
        for key in stored {
            let checked = if is_from_before { self.check_private_half(key) } else { check(self.master, key) };
            checked.map_err(|error| not_authentic(key, error))?;
            renewed.extend(renewal(self.master, key));
        }
        for renewal in &renewed {
            if self.store.authenticate_signing_keys(std::slice::from_ref(renewal)).await? == 0 {
                continue; // Another node was faster: its tag is the same.
            }
            if is_from_before {
                tracing::warn!(kid = renewal.kid, "a signing key of an earlier version got its tag");
            } else {
                tracing::info!(
                    kid = renewal.kid,
                    "a signing key's tag was renewed under the active master key"
                );
            }
        }
        Ok(())
    }

    /// Only the master key seals a private half: a row that has one, and its public half, was written by this service.
    fn check_private_half(&self, key: &StoredSigningKey) -> Result<(), SealError> {
        let row = SealedRow::SigningKey(key.kid.clone()).to_string();
        let pkcs8 = self.master.open(&row, &key.sealed)?;
        let (kid, public_jwk) = public_half(&pkcs8).map_err(|BadKey| SealError::Damaged)?;
        let stored: Option<Value> = serde_json::from_str(&key.public_jwk).ok();
        if kid != key.kid || stored != Some(public_jwk) || key.algorithm != ALGORITHM {
            return Err(SealError::Damaged);
        }
        Ok(())
    }

    /// Of the private halves only the active one is opened: the others are not used yet, or no longer.
    fn read_signing_key(&self, key: &StoredSigningKey) -> Result<SigningKey, KeyError> {
        let state = key.state.known().ok_or(BadKey)?;
        let pkcs8 = match state {
            KeyState::Active => {
                let row = SealedRow::SigningKey(key.kid.clone()).to_string();
                Some(Secret::new(self.master.open(&row, &key.sealed)?.to_vec()))
            }
            KeyState::Standby | KeyState::Retired => None,
        };
        let public_jwk: Value = serde_json::from_str(&key.public_jwk).map_err(|_| BadKey)?;
        let kid = key.kid.clone();
        Ok(SigningKey { kid, state, pkcs8, public_jwk, activated_at: key.activated_at })
    }
}

/// Whether this version knows what to do with the key. A newer version may have made keys for other algorithms, or put
/// them into states, that this one does not know: it leaves them alone, and neither signs with them nor publishes them.
fn is_known(key: &StoredSigningKey) -> bool {
    let is_known = key.algorithm == ALGORITHM && key.state.known().is_some();
    if !is_known {
        let (kid, algorithm, state) = (&key.kid, &key.algorithm, key.state.as_str());
        tracing::warn!(kid, algorithm, state, "a signing key of a newer version is ignored");
    }
    is_known
}

fn not_authentic(key: &StoredSigningKey, error: SealError) -> KeyError {
    match error {
        SealError::UnknownKey(id) => KeyError::OtherMasterKey(id),
        SealError::Damaged | SealError::TooLong => KeyError::NotAuthentic(key.kid.clone()),
    }
}

/// Whether the row is as this service wrote it.
pub(super) fn check(master: &MasterKeys, key: &StoredSigningKey) -> Result<(), SealError> {
    let mac = key.mac.as_deref().ok_or(SealError::Damaged)?;
    with_fields(key, |fields| master.check_tag(LABEL, fields, mac))
}

/// The tag under the active master key, unless the row has it. Whether the row deserves one was checked before.
pub(super) fn renewal(master: &MasterKeys, key: &StoredSigningKey) -> Option<Authentication> {
    if key.mac.as_ref().is_some_and(|mac| mac.starts_with(&master.active_tag_header())) {
        return None;
    }
    Some(Authentication { kid: key.kid.clone(), old: key.mac.clone(), new: tag(master, key) })
}

fn tag(master: &MasterKeys, key: &StoredSigningKey) -> Vec<u8> {
    with_fields(key, |fields| master.tag(LABEL, fields))
}

/// All of the row but the private half, which its seal authenticates.
fn with_fields<T>(key: &StoredSigningKey, work: impl FnOnce(&[Option<&[u8]>]) -> T) -> T {
    let created_at = key.created_at.as_micros().to_be_bytes();
    let activated_at = key.activated_at.map(|at| at.as_micros().to_be_bytes());
    work(&[
        Some(key.kid.as_bytes()),
        Some(key.algorithm.as_bytes()),
        Some(key.state.as_str().as_bytes()),
        Some(key.public_jwk.as_bytes()),
        Some(&created_at),
        activated_at.as_ref().map(<[u8; 8]>::as_slice),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::word::StoredWord;

    fn key(algorithm: &str, state: StoredWord<KeyState>) -> StoredSigningKey {
        StoredSigningKey {
            kid: "k".to_owned(),
            algorithm: algorithm.to_owned(),
            state,
            sealed: Vec::new(),
            public_jwk: "{}".to_owned(),
            created_at: Timestamp::from_micros(0),
            activated_at: None,
            mac: None,
        }
    }

    #[test]
    fn keys_of_a_newer_version_are_ignored() {
        assert!(is_known(&key(ALGORITHM, KeyState::Active.into())));
        assert!(!is_known(&key("Ed25519", KeyState::Active.into())));
        assert!(!is_known(&key(ALGORITHM, StoredWord::Unknown("suspended".to_owned()))));
    }
}
