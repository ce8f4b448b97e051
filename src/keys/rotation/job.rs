//! The background job: it follows what other nodes do, makes what is missing, rotates by schedule, and removes what is no
//! longer needed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{Rotated, SigningKeyError, SigningKeys};
use crate::clock::Timestamp;
use crate::entropy::uuid_v7;
use crate::model::key_state::KeyState;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::Effects;
use crate::store::keys::signing_key::KeyChange;

/// The name of the job in metrics.
const JOB: &str = "signing_keys";
/// How often the keys are read.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long the job may go without success before the health report says so.
const OVERDUE: Duration = Duration::from_secs(60);

impl SigningKeys {
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
                    tracing::warn!(%error, "the signing keys cannot be kept up; the node goes on with those it has");
                }
                is_failing = result.is_err();
            }
        })
    }

    /// One turn of the job.
    ///
    /// # Errors
    /// [`SigningKeyError`]; the next turn tries again.
    pub async fn turn(&self) -> Result<(), SigningKeyError> {
        let begun = Instant::now();
        self.follow().await?;
        let steps = self.take_due_steps().await?;
        let metrics = &self.parts.metrics;
        metrics.job_rows.with_label_values(&[JOB]).inc_by(steps);
        metrics.job_succeeded(JOB, begun.elapsed(), self.parts.clock.now().unix_seconds());
        Ok(())
    }

    /// Takes what is due in each ring, and gives the number of keys that were changed.
    async fn take_due_steps(&self) -> Result<u64, SigningKeyError> {
        let (rules, now) = (self.parts.rules, self.parts.clock.now());
        let rings = self.known.lock().await.as_ref().map(|known| known.rings.clone()).unwrap_or_default();
        let mut steps = 0;
        for algorithm in SigningAlgorithm::ALL {
            // An algorithm that is asked for gets a ring of its own, and signs once verifiers know its first key.
            let is_asked_for = algorithm == self.algorithm();
            let is_due = match rings.get(&algorithm) {
                Some(ring) => !ring.due(&rules, now).is_empty(),
                None => is_asked_for,
            };
            if is_due {
                steps += self.take_due_steps_of(algorithm).await?;
            }
        }
        Ok(steps)
    }

    async fn take_due_steps_of(&self, algorithm: SigningAlgorithm) -> Result<u64, SigningKeyError> {
        let (stored, opened) = self.read().await?;
        let ring = opened.ring(algorithm);
        let now = self.parts.clock.now();
        let due = ring.due(&self.parts.rules, now);
        let mut change = KeyChange::of(&stored, now);
        change.removed = due.removed.iter().map(|key| key.kid.clone()).collect();
        let mut effects = Effects::default();
        if let Some(rotation) = due.rotation {
            if let Some(rotated) = self.plan(&stored, rotation, &mut change)? {
                effects = Effects::of(self.scheduled(&rotated, now));
            }
        } else if due.lacks_standby {
            change.inserted.push(self.room().new_signing_key(algorithm, KeyState::Standby, now)?);
        }
        let keys = change.removed.len() + change.updated.len() + change.inserted.len();
        if keys == 0 || !self.apply(None, &change, &effects).await? {
            return Ok(0);
        }
        Ok(keys as u64)
    }

    fn scheduled(&self, rotated: &Rotated, now: Timestamp) -> SecurityEvent {
        let id = uuid_v7(self.parts.entropy.as_ref(), now);
        let mut detail = rotated.detail();
        detail["via"] = json!("schedule");
        SecurityEvent::new(id, EventKind::SigningKeyRotated, RequestContext::default(), now).with(detail)
    }
}
