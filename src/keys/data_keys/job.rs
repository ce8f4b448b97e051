//! The background job: it follows what other processes do to the data keys, and asks the key service now and then
//! whether the next start would find it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{DataKeyError, DataKeys, unwrapped};
use crate::crypto::seal::MasterKeys;
use crate::model::key_state::KeyState;
use crate::store::keys::data_key::StoredDataKey;
use crate::telemetry::metrics::Metrics;

/// The name of the job in metrics.
const JOB: &str = "data_keys";
/// How often the rows are read.
const INTERVAL: Duration = Duration::from_millis(500);
/// How often the key service is asked for a key that is known already.
const CHECK: Duration = Duration::from_secs(60);
/// How long the job rests after a failure, so that a service that is gone is not called twice a second.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the job may go without success before the health report says so.
const OVERDUE: Duration = Duration::from_secs(60);

impl DataKeys {
    /// Keeps the shared ring as the rows say, until the task is aborted. While the database or the key service does not
    /// answer, the node goes on with the keys that it has.
    pub fn keep_current(self, shared: Arc<MasterKeys>, metrics: Metrics) -> JoinHandle<()> {
        metrics.expect_job(JOB, OVERDUE);
        // The start has opened the keys.
        metrics.kek_up.set(1);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut watch = Watch { keys: self, shared, metrics, known: None, asked: None, failed: None };
            let mut is_failing = false;
            loop {
                ticks.tick().await;
                let Some(result) = watch.turn().await else { continue };
                if let Err(error) = &result
                    && !is_failing
                {
                    tracing::warn!(%error, "the data keys cannot be kept up; the node goes on with those it has");
                }
                is_failing = result.is_err();
            }
        })
    }
}

struct Watch {
    keys: DataKeys,
    shared: Arc<MasterKeys>,
    metrics: Metrics,
    /// The rows that the ring was made of.
    known: Option<Vec<StoredDataKey>>,
    /// When the key service was asked last.
    asked: Option<Instant>,
    /// When changed rows could not be followed.
    failed: Option<Instant>,
}

impl Watch {
    /// One turn of the job; `None` while a service that has just failed is left alone.
    async fn turn(&mut self) -> Option<Result<(), DataKeyError>> {
        if self.failed.is_some_and(|at| at.elapsed() < PAUSE) {
            return None;
        }
        let result = self.look().await;
        self.failed = result.is_err().then(Instant::now);
        Some(result)
    }

    async fn look(&mut self) -> Result<(), DataKeyError> {
        let begun = Instant::now();
        let stored = self.keys.store.data_keys().await?;
        if self.known.as_ref() != Some(&stored) {
            self.follow(stored).await?;
        } else if self.asked.is_none_or(|asked| asked.elapsed() >= CHECK) {
            self.ask().await;
        }
        self.metrics.job_rows.with_label_values(&[JOB]).inc_by(0);
        let now = self.keys.clock.now().unix_seconds();
        self.metrics.job_succeeded(JOB, begun.elapsed(), now);
        Ok(())
    }

    async fn follow(&mut self, stored: Vec<StoredDataKey>) -> Result<(), DataKeyError> {
        let opened = self.keys.ring(&stored).await;
        if let Ok(_) | Err(DataKeyError::Encryption(_)) = &opened {
            self.metrics.kek_up.set(i64::from(opened.is_ok()));
        }
        let ring = opened?;
        let (old, new) = (self.shared.active_id(), ring.active_id());
        self.shared.replace(ring);
        if old != new {
            tracing::info!(id = %new, "a new data key seals from now on");
        }
        self.known = Some(stored);
        Ok(())
    }

    /// Unwraps one key, so that the metric tells before the next start whether the service does it.
    async fn ask(&mut self) {
        self.asked = Some(Instant::now());
        let active = |key: &&StoredDataKey| key.state == Some(KeyState::Active);
        let Some(key) = self.known.iter().flatten().find(active) else { return };
        let answer = unwrapped(self.keys.encryption.as_ref(), key).await;
        if let Err(error) = &answer {
            tracing::warn!(%error, "the key service does not unwrap a data key; the next start would wait for it");
        }
        self.metrics.kek_up.set(i64::from(answer.is_ok()));
    }
}
