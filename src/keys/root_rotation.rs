//! The rotation of root keys, under which refresh tokens are derived.
//!
//! A new key is announced: every node learns it before any node uses it, because a client whose token is refused as
//! invalid takes its session for lost. The first node that has known it for a minute lets it take over. The one
//! before it is kept for as long as a session can exist that was there then: until that, reuse of a token is recognized. Nodes read the keys twice a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::root_keys::RootKeys;
use super::rotation::SigningKeyError;
use super::{KeyError, KeyStore};
use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::MasterKeys;
use crate::entropy::{Entropy, bytes, uuid_v7};
use crate::model::family_key::{ROOT_KEY_LEN, RootKeyId};
use crate::model::key_ring::Obstacle;
use crate::model::key_state::KeyState;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::secret::Secret;
use crate::store::keys::root_key::{RootKeyOutcome, StoredRootKey};
use crate::store::{Effects, Store};
use crate::telemetry::metrics::Metrics;

/// The name of the job in metrics.
const JOB: &str = "root_keys";
/// How often the keys are read.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long the job may go without success before the health report says so.
const OVERDUE: Duration = Duration::from_secs(60);
/// How long a key is announced before it is used: many times what a node needs to read it.
pub(super) const ANNOUNCED: Duration = Duration::from_secs(60);

/// What the rotation of root keys takes.
pub struct RootRotationParts {
    /// Where the keys are.
    pub store: Arc<Store>,
    /// Seal them.
    pub master: Arc<MasterKeys>,
    /// The time of all nodes on the database.
    pub clock: Arc<dyn Clock>,
    /// Draws keys, nonces, and the ids of events.
    pub entropy: Arc<dyn Entropy>,
    /// Goes on with the keys that are read.
    pub root_keys: Arc<RootKeys>,
    /// Counts the runs of the job.
    pub metrics: Metrics,
}

/// The root keys of a running node.
pub struct RootRotation {
    pub(super) parts: RootRotationParts,
    /// The keys as they were read last. Held while they are read.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Vec<StoredRootKey>,
    /// The announced key, and when this node has seen it first: its row may be older than the commit that made it visible.
    announced: Option<(u8, Timestamp)>,
}

/// A root key as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedRootKey {
    /// Part of each refresh token.
    pub id: u8,
    /// `standby` (announced), `active` or `retired` (kept).
    pub state: &'static str,
    /// When it was made and announced.
    pub created_at: Timestamp,
    /// When a superseded one is deleted.
    pub kept_until: Option<Timestamp>,
}

/// A step of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RootKeyStep {
    /// The key.
    pub id: u8,
    /// `standby` once it is announced, `active` once it has taken over.
    pub state: &'static str,
}

impl RootKeyStep {
    /// The detail of the security event.
    pub fn detail(&self) -> Value {
        json!({ "id": self.id, "state": self.state })
    }
}

impl RootRotation {
    /// The keys are those in memory until they are read for the first time.
    pub fn new(parts: RootRotationParts) -> Self {
        Self { parts, known: Mutex::default() }
    }

    /// All root keys, by their ids.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn list(&self) -> Result<Vec<ListedRootKey>, KeyError> {
        let stored = self.parts.store.root_keys().await?;
        let listed = |key: &StoredRootKey| {
            let state = key.state?.as_str();
            Some(ListedRootKey { id: key.id, state, created_at: key.created_at, kept_until: key.kept_until })
        };
        Ok(stored.iter().filter_map(listed).collect())
    }

    /// Announces a key, if the principal (absent for the command line) may. A running server lets it take over.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then nothing has changed.
    pub async fn rotate(
        &self,
        by: Option<Uuid>,
        effects: impl Fn(&RootKeyStep) -> Effects,
    ) -> Result<RootKeyStep, SigningKeyError> {
        let stored = self.parts.store.root_keys().await?;
        let now = self.parts.clock.now();
        if let Some(key) = announced(&stored) {
            let left = key.created_at.plus(ANNOUNCED).since(now);
            return Err(Obstacle::NotRipe { left }.into());
        }
        let newest = stored.iter().map(|key| key.id).max().ok_or(KeyError::NoRootKey)?;
        let id = newest.checked_add(1).ok_or(KeyError::NoRootKeyId)?;
        let step = RootKeyStep { id, state: KeyState::Standby.as_str() };
        let key = self.new_root_key(id, now)?;
        let outcome = self.parts.store.announce_root_key(by, &key, &effects(&step)).await?;
        self.done(outcome, step).await
    }

    async fn activate(&self, id: u8, now: Timestamp) -> Result<RootKeyStep, SigningKeyError> {
        let step = RootKeyStep { id, state: KeyState::Active.as_str() };
        let effects = Effects::of(self.scheduled(&step, now));
        let outcome = self.parts.store.activate_root_key(id, &effects).await?;
        self.done(outcome, step).await
    }

    pub(super) async fn done(
        &self,
        outcome: RootKeyOutcome,
        step: RootKeyStep,
    ) -> Result<RootKeyStep, SigningKeyError> {
        match outcome {
            RootKeyOutcome::Done => {
                tracing::info!(id = step.id, state = step.state, "a root key takes its next step");
                // What was written is written: the node follows when it reads the keys again.
                if let Err(error) = self.follow(self.parts.clock.now()).await {
                    tracing::warn!(%error, "the root keys cannot be read after a change");
                }
                Ok(step)
            }
            RootKeyOutcome::Overtaken => Err(SigningKeyError::Overtaken),
            RootKeyOutcome::Refused(denial) => Err(SigningKeyError::Refused(denial)),
        }
    }

    pub(super) fn new_root_key(&self, id: u8, now: Timestamp) -> Result<StoredRootKey, KeyError> {
        let material: Secret<[u8; ROOT_KEY_LEN]> = Secret::new(bytes(self.parts.entropy.as_ref()));
        let row = SealedRow::RootKey(id.into()).to_string();
        let sealed = self.parts.master.seal(self.parts.entropy.as_ref(), &row, material.expose())?;
        Ok(StoredRootKey { id, state: Some(KeyState::Standby), sealed, created_at: now, kept_until: None })
    }

    /// Follows the keys and takes the steps that are due, until the task is aborted. While the database does not answer,
    /// the node goes on with the keys that it has.
    pub fn keep_current(self: &Arc<Self>) -> JoinHandle<()> {
        let keys = Arc::clone(self);
        keys.parts.metrics.expect_job(JOB, OVERDUE);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut is_failing = false;
            loop {
                ticks.tick().await;
                let result = keys.turn().await;
                if let Err(error) = &result
                    && !is_failing
                {
                    tracing::warn!(%error, "the root keys cannot be kept up; the node goes on with those it has");
                }
                is_failing = result.is_err();
            }
        })
    }

    async fn turn(&self) -> Result<(), SigningKeyError> {
        let begun = Instant::now();
        let now = self.parts.clock.now();
        let (stored, ripe) = self.follow(now).await?;
        if let Some(id) = ripe {
            match self.activate(id, now).await {
                Ok(_) | Err(SigningKeyError::Overtaken) => {}
                Err(error) => return Err(error),
            }
        }
        let metrics = &self.parts.metrics;
        if stored.iter().any(|key| key.kept_until.is_some_and(|until| until < now)) {
            let purged = self.parts.store.purge_root_keys(now).await?;
            metrics.job_rows.with_label_values(&[JOB]).inc_by(purged);
        }
        metrics.job_succeeded(JOB, begun.elapsed(), now.unix_seconds());
        Ok(())
    }

    /// Reads the keys, and goes on with them. Gives them, and the id of one that may take over.
    async fn follow(&self, now: Timestamp) -> Result<(Vec<StoredRootKey>, Option<u8>), KeyError> {
        let mut known = self.known.lock().await;
        let begun = Instant::now();
        let stored = self.parts.store.root_keys().await?;
        if known.keys != stored {
            self.parts.root_keys.replace(self.room().open_root_keys(&stored)?);
            known.keys.clone_from(&stored);
        }
        self.parts.root_keys.was_read(begun);
        let is_same = |(id, _): &(u8, Timestamp)| announced(&stored).is_some_and(|key| key.id == *id);
        let first_seen = known.announced.filter(is_same);
        known.announced = first_seen.or_else(|| announced(&stored).map(|key| (key.id, now)));
        let ripe = known.announced.filter(|(_, seen)| seen.plus(ANNOUNCED) <= now).map(|(id, _)| id);
        // One that is damaged must not take over.
        let ripe = ripe.filter(|id| self.parts.root_keys.get(RootKeyId(*id)).is_some());
        Ok((stored, ripe))
    }

    fn scheduled(&self, step: &RootKeyStep, now: Timestamp) -> SecurityEvent {
        let id = uuid_v7(self.parts.entropy.as_ref(), now);
        let mut detail = step.detail();
        detail["via"] = json!("schedule");
        SecurityEvent::new(id, EventKind::RootKeyRotated, RequestContext::default(), now).with(detail)
    }

    fn room(&self) -> KeyStore<'_> {
        KeyStore {
            store: &self.parts.store,
            master: &self.parts.master,
            entropy: self.parts.entropy.as_ref(),
            clock: self.parts.clock.as_ref(),
            revoked_kids: &super::NO_KIDS,
        }
    }
}

impl std::fmt::Debug for RootRotation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RootRotation")
    }
}

fn announced(stored: &[StoredRootKey]) -> Option<&StoredRootKey> {
    stored.iter().find(|key| key.state == Some(KeyState::Standby))
}
