//! The rotation of signing keys, by hand and by schedule, and the set of keys that this node signs and verifies with.
//!
//! Each step is one transaction that takes place only if the keys are as they were when it was decided on. So of several
//! nodes one takes it, and a crash leaves the keys as they were before or as they are after it. The nodes read the keys
//! every second. Until they have, they go on with a key that is retired elsewhere, whose tokens are accepted for longer
//! than that, and know the one that took over, because it was published before.

mod job;
mod listing;
mod retirement;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::signing::OpenedKeys;
use super::{KeyError, KeyStore};
use crate::clock::Clock;
use crate::crypto::seal::{MasterKeys, SealError};
use crate::crypto::signer::{Signer, TokenFormat};
use crate::entropy::Entropy;
use crate::model::authority::Denial;
use crate::model::key_ring::{Obstacle, RingRules, Rotation, SigningKeyRing};
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::keys::signing_key::{KeyChange, KeyChangeOutcome, Seen, StoredSigningKey, seen};
use crate::store::{Effects, Store, StoreError};
use crate::telemetry::metrics::{Metrics, UnusableKey};

pub use listing::ListedKey;
pub use retirement::Retired;

/// How often a step is decided on again because another process was faster.
const ATTEMPTS: u32 = 5;

/// What the rotation of signing keys takes.
pub struct SigningKeysParts {
    /// Where the keys are.
    pub store: Arc<Store>,
    /// Seal and authenticate them.
    pub master: Arc<MasterKeys>,
    /// The time of all nodes on the database.
    pub clock: Arc<dyn Clock>,
    /// Draws nonces, and the ids of events.
    pub entropy: Arc<dyn Entropy>,
    /// Goes on with the keys that are read.
    pub signer: Arc<Signer>,
    /// `keys.*`
    pub rules: RingRules,
    /// `secrets.revoked_kids`
    pub revoked_kids: BTreeSet<String>,
    /// `tokens.signing_algorithm` and the name of Ed25519.
    pub format: TokenFormat,
    /// Counts the keys.
    pub metrics: Metrics,
}

/// The signing keys of a running node.
pub struct SigningKeys {
    parts: SigningKeysParts,
    /// Held while the keys are read, so that what was read later is not replaced by what was read before.
    known: Mutex<Option<Known>>,
}

/// The keys as they were read last.
struct Known {
    seen: Seen,
    rings: BTreeMap<SigningAlgorithm, SigningKeyRing>,
}

/// The keys after a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// Such as `ES256`.
    pub algorithm: &'static str,
    /// The key that signs from now on.
    pub active: String,
    /// The one that no longer does; absent for the first key of an algorithm.
    pub retired: Option<String>,
    /// The new one, which is next.
    pub standby: String,
}

/// Why the keys were not changed.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It is not the time for it.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// The key on standby could not be opened.
    #[error("the key on standby ({0}) is damaged; another one takes its place, and must wait in turn")]
    StandbyReplaced(String),
    /// The key is not there.
    #[error("there is no such key")]
    Unknown,
    /// It does not sign, and without haste nothing is left to do.
    #[error("the key is retired already; its tokens are accepted until they have expired")]
    Retired,
    /// Other processes change the keys all the time.
    #[error("other processes are changing the keys: try again")]
    Overtaken,
    /// The principal may not do this.
    #[error("{0}")]
    Refused(Denial),
    /// The keys cannot be read or made.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

impl From<StoreError> for SigningKeyError {
    fn from(error: StoreError) -> Self {
        Self::Keys(error.into())
    }
}

impl Rotated {
    /// The detail of the security event.
    pub fn detail(&self) -> Value {
        json!({
            "algorithm": self.algorithm,
            "active": self.active,
            "retired": self.retired,
            "standby": self.standby,
        })
    }
}

impl SigningKeys {
    /// The keys are those of the signer until they are read for the first time.
    pub fn new(parts: SigningKeysParts) -> Self {
        Self { parts, known: Mutex::default() }
    }

    /// The algorithm that signs access tokens.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.parts.format.algorithm
    }

    /// Lets the key on standby take over from the active one, if the principal (absent for the command line) may. If
    /// there is none on standby, one is published, and must wait.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the active key is as it was.
    pub async fn rotate(
        &self,
        algorithm: SigningAlgorithm,
        by: Option<Uuid>,
        effects: impl Fn(&Rotated) -> Effects,
    ) -> Result<Rotated, SigningKeyError> {
        for _ in 0..ATTEMPTS {
            let (stored, opened) = self.read().await?;
            let ring = opened.ring(algorithm);
            let now = self.parts.clock.now();
            let mut change = KeyChange::of(&stored, now);
            let rotation = match ring.rotation(&self.parts.rules, now) {
                Ok(rotation) => rotation,
                Err(Obstacle::NoStandby) => {
                    change.inserted.push(self.room().new_signing_key(algorithm, KeyState::Standby, now)?);
                    self.apply(by, &change, &Effects::default()).await?;
                    continue;
                }
                Err(obstacle) => return Err(obstacle.into()),
            };
            let planned = self.plan(&stored, rotation, &mut change)?;
            let effects = planned.as_ref().map(&effects).unwrap_or_default();
            if self.apply(by, &change, &effects).await? {
                return planned
                    .ok_or_else(|| SigningKeyError::StandbyReplaced(rotation.activating.kid.clone()));
            }
        }
        Err(SigningKeyError::Overtaken)
    }

    /// Reads the keys, and lets the signer go on with them if they have changed.
    ///
    /// # Errors
    /// [`KeyError`]; then the signer goes on with those it has.
    pub async fn follow(&self) -> Result<(), KeyError> {
        let mut known = self.known.lock().await;
        let mut stored = self.parts.store.signing_keys().await?;
        if self.room().remove_revoked(&stored).await? {
            stored = self.parts.store.signing_keys().await?;
        }
        let seen = seen(&stored);
        if known.as_ref().is_some_and(|known| known.seen == seen) {
            return Ok(());
        }
        let opened = self.room().open_signing_keys(&stored)?;
        let damaged = i64::try_from(opened.damaged.len()).unwrap_or(i64::MAX);
        let rings = rings_of(&opened);
        self.parts.signer.replace(&opened.into_signing())?;
        self.parts.metrics.signing_keys.with_label_values(&[UnusableKey::Damaged.as_str()]).set(damaged);
        *known = Some(Known { seen, rings });
        Ok(())
    }

    /// Adds a rotation to the change. If the key on standby cannot be opened, another one takes its place instead, and
    /// nothing is rotated.
    fn plan(
        &self,
        stored: &[StoredSigningKey],
        rotation: Rotation<'_>,
        change: &mut KeyChange,
    ) -> Result<Option<Rotated>, KeyError> {
        let (room, now) = (self.room(), change.at);
        let activating = row(stored, &rotation.activating.kid)?;
        let algorithm = SigningAlgorithm::from_stored(&activating.algorithm)
            .ok_or_else(|| KeyError::NotAuthentic(activating.kid.clone()))?;
        let standby = room.new_signing_key(algorithm, KeyState::Standby, now)?;
        let next = standby.kid.clone();
        change.inserted.push(standby);
        match room.check_private_half(activating) {
            Ok(()) => {}
            Err(SealError::UnknownKey(id)) => return Err(KeyError::OtherMasterKey(id)),
            Err(error) => {
                tracing::error!(kid = activating.kid, %error, "the key on standby is damaged and is replaced");
                change.removed.push(activating.kid.clone());
                return Ok(None);
            }
        }
        if let Some(retiring) = rotation.retiring {
            change.updated.push(room.retired(row(stored, &retiring.kid)?, now)?);
        }
        change.updated.push(room.activated(activating, now));
        Ok(Some(Rotated {
            algorithm: algorithm.as_str(),
            active: activating.kid.clone(),
            retired: rotation.retiring.map(|key| key.kid.clone()),
            standby: next,
        }))
    }

    /// Writes a change; `false` if another process was faster.
    async fn apply(
        &self,
        by: Option<Uuid>,
        change: &KeyChange,
        effects: &Effects,
    ) -> Result<bool, SigningKeyError> {
        match self.parts.store.change_signing_keys(by, change, effects).await? {
            KeyChangeOutcome::Done => {
                tell(change);
                // What was written is written: the node follows when it reads the keys again.
                if let Err(error) = self.follow().await {
                    tracing::warn!(%error, "the signing keys cannot be read after a change");
                }
                Ok(true)
            }
            KeyChangeOutcome::Overtaken => Ok(false),
            KeyChangeOutcome::Refused(denial) => Err(SigningKeyError::Refused(denial)),
        }
    }

    async fn read(&self) -> Result<(Vec<StoredSigningKey>, OpenedKeys), KeyError> {
        let stored = self.parts.store.signing_keys().await?;
        let opened = self.room().open_signing_keys(&stored)?;
        Ok((stored, opened))
    }

    fn room(&self) -> KeyStore<'_> {
        KeyStore {
            store: &self.parts.store,
            master: &self.parts.master,
            entropy: self.parts.entropy.as_ref(),
            clock: self.parts.clock.as_ref(),
            revoked_kids: &self.parts.revoked_kids,
        }
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKeys").field("rules", &self.parts.rules).finish_non_exhaustive()
    }
}

fn rings_of(opened: &OpenedKeys) -> BTreeMap<SigningAlgorithm, SigningKeyRing> {
    let algorithms = opened.keys.iter().map(|opened| opened.key.algorithm);
    algorithms.map(|algorithm| (algorithm, opened.ring(algorithm))).collect()
}

fn row<'a>(stored: &'a [StoredSigningKey], kid: &str) -> Result<&'a StoredSigningKey, KeyError> {
    stored.iter().find(|key| key.kid == kid).ok_or_else(|| KeyError::NotAuthentic(kid.to_owned()))
}

fn tell(change: &KeyChange) {
    for key in change.updated.iter().chain(&change.inserted) {
        let (kid, algorithm, state) = (&key.kid, &key.algorithm, key.state.as_str());
        tracing::info!(kid, algorithm, state, "a signing key takes its next step");
    }
    for kid in &change.removed {
        tracing::info!(kid, "a signing key is removed");
    }
}
