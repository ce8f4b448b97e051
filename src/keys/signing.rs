//! Signing keys as they stand in the database: made, opened, and put into their next state.

use serde_json::Value;

use super::authenticity::{authenticated, check, renewal};
use super::{KeyError, KeyStore};
use crate::clock::Timestamp;
use crate::crypto::seal::SealError;
use crate::crypto::signer::{BadKey, Signer, SigningKey, TokenFormat, public_half};
use crate::model::key_ring::{RingKey, SigningKeyRing};
use crate::model::key_state::KeyState;
use crate::model::sealed_row::SealedRow;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::secret::Secret;
use crate::store::Effects;
use crate::store::keys::signing_key::{KeyChange, StoredSigningKey};

/// A signing key that is authentic, and that this version can use.
pub struct OpenedKey {
    pub key: SigningKey,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// The signing keys, as far as they can be used.
pub struct OpenedKeys {
    pub keys: Vec<OpenedKey>,
    /// Rows that are damaged, or were not written by this service.
    pub damaged: Vec<DamagedKey>,
}

/// A signing key that cannot be used.
pub struct DamagedKey {
    pub kid: String,
    pub is_active: bool,
    pub error: KeyError,
}

impl OpenedKeys {
    /// The keys of one algorithm.
    pub fn ring(&self, algorithm: SigningAlgorithm) -> SigningKeyRing {
        let of_algorithm = self.keys.iter().filter(|opened| opened.key.algorithm == algorithm);
        SigningKeyRing::new(of_algorithm.map(OpenedKey::ring_key))
    }

    /// The keys for a signer.
    pub fn into_signing(self) -> Vec<SigningKey> {
        self.keys.into_iter().map(|opened| opened.key).collect()
    }
}

impl OpenedKey {
    /// The key without its material.
    pub fn ring_key(&self) -> RingKey {
        RingKey {
            kid: self.key.kid.clone(),
            state: self.key.state,
            created_at: self.created_at,
            activated_at: self.key.activated_at,
            retired_at: self.retired_at,
        }
    }
}

impl KeyStore<'_> {
    /// The signing keys: at the very first start an active one, and one on standby that verifiers can learn before it
    /// signs.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn signer(&self, format: TokenFormat) -> Result<Signer, KeyError> {
        let mut stored = self.store.signing_keys().await?;
        if stored.is_empty() {
            self.make_first_keys(format.algorithm).await?;
            stored = self.store.signing_keys().await?;
        }
        if self.remove_revoked(&stored).await? {
            stored = self.store.signing_keys().await?;
        }
        let opened = self.open_signing_keys(&stored)?;
        let damaged: Vec<String> = opened.damaged.iter().map(|key| key.kid.clone()).collect();
        let signer = Signer::new(&opened.into_signing(), format)?;
        for key in stored.into_iter().filter(|key| !damaged.contains(&key.kid)) {
            self.renew_mac(&key).await?;
            self.reseal(SealedRow::SigningKey(key.kid), &key.sealed).await;
        }
        Ok(signer)
    }

    /// If another node was faster, its keys stay.
    async fn make_first_keys(&self, algorithm: SigningAlgorithm) -> Result<(), KeyError> {
        let now = self.clock.now();
        let states = [KeyState::Active, KeyState::Standby];
        let keys = states.map(|state| self.new_signing_key(algorithm, state, now));
        let inserted = keys.into_iter().collect::<Result<_, _>>()?;
        let change = KeyChange { inserted, at: now, ..KeyChange::default() };
        self.store.change_signing_keys(None, &change, &Effects::default()).await?;
        Ok(())
    }

    /// Opens what can be used. A row that is damaged, or that someone else wrote, costs its own key only.
    ///
    /// # Errors
    /// [`KeyError`] if it is that of an active key, without which nothing can be signed.
    pub(super) fn open_signing_keys(&self, stored: &[StoredSigningKey]) -> Result<OpenedKeys, KeyError> {
        let mut opened = self.open_usable(stored);
        if let Some(place) = opened.damaged.iter().position(|key| key.is_active) {
            return Err(opened.damaged.swap_remove(place).error);
        }
        for DamagedKey { kid, error, .. } in &opened.damaged {
            tracing::error!(kid, %error, "a signing key cannot be used and is left out");
        }
        Ok(opened)
    }

    /// [`Self::open_signing_keys`] where even the active key may be damaged. Keys of `secrets.revoked_kids` are passed
    /// over.
    pub(super) fn open_usable(&self, stored: &[StoredSigningKey]) -> OpenedKeys {
        // Rows of versions that wrote no MACs get theirs, but only where there is none at all: beside one that has a
        // MAC, a row without is not from here.
        let is_from_before = stored.iter().all(|key| key.mac.is_none());
        let mut opened = OpenedKeys { keys: Vec::new(), damaged: Vec::new() };
        for key in stored.iter().filter(|key| !self.revoked_kids.contains(&key.kid)) {
            let (Some(algorithm), Some(state)) = known(key) else { continue };
            match self.open_signing_key(key, algorithm, is_from_before) {
                Ok(key) => opened.keys.push(key),
                Err(error) => {
                    let (kid, is_active) = (key.kid.clone(), state == KeyState::Active);
                    opened.damaged.push(DamagedKey { kid, is_active, error });
                }
            }
        }
        opened
    }

    fn open_signing_key(
        &self,
        key: &StoredSigningKey,
        algorithm: SigningAlgorithm,
        is_from_before: bool,
    ) -> Result<OpenedKey, KeyError> {
        let checked = if is_from_before { self.check_private_half(key) } else { check(self.master, key) };
        checked.map_err(|error| not_authentic(key, error))?;
        let state = key.state.known().ok_or(BadKey)?;
        // Of the private halves only the active one is opened: the others are not used yet, or are gone.
        let (pkcs8, retired_at) = match state {
            KeyState::Active => (Some(Secret::new(self.open_signing_row(key)?.to_vec())), None),
            KeyState::Standby => (None, None),
            KeyState::Retired => (None, Some(read_moment(&self.open_signing_row(key)?)?)),
        };
        let public_jwk: Value = serde_json::from_str(&key.public_jwk).map_err(|_| BadKey)?;
        let kid = key.kid.clone();
        let signing = SigningKey { kid, algorithm, state, pkcs8, public_jwk, activated_at: key.activated_at };
        signing.check_public_half()?;
        Ok(OpenedKey { key: signing, created_at: key.created_at, retired_at })
    }

    fn open_signing_row(&self, key: &StoredSigningKey) -> Result<zeroize::Zeroizing<Vec<u8>>, SealError> {
        self.master.open(&SealedRow::SigningKey(key.kid.clone()).to_string(), &key.sealed)
    }

    /// Only the master key seals a private half: a row that has one, and its public half, was written by this service.
    pub(super) fn check_private_half(&self, key: &StoredSigningKey) -> Result<(), SealError> {
        let algorithm = SigningAlgorithm::from_stored(&key.algorithm).ok_or(SealError::Damaged)?;
        let pkcs8 = self.open_signing_row(key)?;
        let (kid, public_jwk) = public_half(algorithm, &pkcs8).map_err(|BadKey| SealError::Damaged)?;
        let stored: Option<Value> = serde_json::from_str(&key.public_jwk).ok();
        if kid != key.kid || stored != Some(public_jwk) {
            return Err(SealError::Damaged);
        }
        Ok(())
    }

    /// A row of an earlier version gets its MAC, and one under a previous master key another. A row of a newer version
    /// that no one vouches for is left alone.
    async fn renew_mac(&self, key: &StoredSigningKey) -> Result<(), KeyError> {
        let is_from_before = key.mac.is_none();
        let is_sound = if is_from_before { known(key).0.is_some() } else { check(self.master, key).is_ok() };
        let Some(renewal) = renewal(self.master, key).filter(|_| is_sound) else { return Ok(()) };
        if self.store.authenticate_signing_keys(std::slice::from_ref(&renewal)).await? == 0 {
            return Ok(()); // Another node was faster: its MAC is the same.
        }
        if is_from_before {
            tracing::warn!(kid = key.kid, "a signing key of an earlier version got its tag");
        } else {
            tracing::info!(kid = key.kid, "a signing key's tag was renewed under the active master key");
        }
        Ok(())
    }

    /// A new key, sealed.
    pub(super) fn new_signing_key(
        &self,
        algorithm: SigningAlgorithm,
        state: KeyState,
        now: Timestamp,
    ) -> Result<StoredSigningKey, KeyError> {
        let (key, pkcs8) = SigningKey::generate(algorithm, state, now)?;
        let row = SealedRow::SigningKey(key.kid.clone()).to_string();
        let stored = StoredSigningKey {
            sealed: self.master.seal(self.entropy, &row, pkcs8.expose())?,
            kid: key.kid,
            algorithm: algorithm.as_str().to_owned(),
            state: state.into(),
            public_jwk: key.public_jwk.to_string(),
            created_at: now,
            activated_at: key.activated_at,
            mac: None,
        };
        Ok(authenticated(self.master, stored))
    }

    /// The key as it signs from now on.
    pub(super) fn activated(&self, key: &StoredSigningKey, now: Timestamp) -> StoredSigningKey {
        let active =
            StoredSigningKey { state: KeyState::Active.into(), activated_at: Some(now), ..key.clone() };
        authenticated(self.master, active)
    }

    /// The key as it signs no longer: the moment takes the place of the private half.
    pub(super) fn retired(
        &self,
        key: &StoredSigningKey,
        now: Timestamp,
    ) -> Result<StoredSigningKey, KeyError> {
        let row = SealedRow::SigningKey(key.kid.clone()).to_string();
        let sealed = self.master.seal(self.entropy, &row, &now.as_micros().to_be_bytes())?;
        let retired = StoredSigningKey { state: KeyState::Retired.into(), sealed, ..key.clone() };
        Ok(authenticated(self.master, retired))
    }
}

/// Algorithm and state, if this version knows what to do with the key. A newer version may have made keys for other
/// algorithms, or put them into states, that this one does not know: it leaves them alone, and neither signs with them
/// nor publishes them.
fn known(key: &StoredSigningKey) -> (Option<SigningAlgorithm>, Option<KeyState>) {
    let known = (SigningAlgorithm::from_stored(&key.algorithm), key.state.known());
    if known.0.is_none() || known.1.is_none() {
        let (kid, algorithm, state) = (&key.kid, &key.algorithm, key.state.as_str());
        tracing::warn!(kid, algorithm, state, "a signing key of a newer version is ignored");
    }
    known
}

fn not_authentic(key: &StoredSigningKey, error: SealError) -> KeyError {
    match error {
        SealError::UnknownKey(id) => KeyError::OtherMasterKey(id),
        SealError::Damaged | SealError::TooLong => KeyError::NotAuthentic(key.kid.clone()),
    }
}

/// What [`KeyStore::retired`] has sealed.
fn read_moment(sealed: &[u8]) -> Result<Timestamp, BadKey> {
    let micros = sealed.try_into().map_err(|_| BadKey)?;
    Ok(Timestamp::from_micros(i64::from_be_bytes(micros)))
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
    fn keys_of_a_newer_version_are_not_known() {
        let es256 = SigningAlgorithm::Es256;
        let active = known(&key("ES256", KeyState::Active.into()));
        assert_eq!(active, (Some(es256), Some(KeyState::Active)));
        assert_eq!(known(&key("ML-DSA-65", KeyState::Active.into())).0, None);
        assert_eq!(known(&key("ES256", StoredWord::Unknown("suspended".to_owned()))).1, None);
    }

    #[test]
    fn the_moment_of_a_retirement_is_read_as_it_was_written() {
        let moment = Timestamp::from_micros(1_700_000_000_000_001);
        assert_eq!(read_moment(&moment.as_micros().to_be_bytes()), Ok(moment));
        for other in [&[][..], &[0; 7], &[0; 9]] {
            assert_eq!(read_moment(other), Err(BadKey), "{other:?}");
        }
    }
}
