//! The sweep of objects that no row points to. They are left by a crash between the object and the row, or by a blob store
//! that did not answer when the old object was to be deleted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{AvatarError, Avatars};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// An object of this age no longer waits for its row, even if clocks differ.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Objects looked up in one query.
const BATCH: usize = 200;
const JOB: &str = "sweep_avatars";

impl Avatars {
    /// Sweeps at once and every hour, until it is aborted.
    pub fn keep_swept(self: &Arc<Self>) -> JoinHandle<()> {
        let avatars = Arc::clone(self);
        avatars.metrics.expect_job(JOB, EVERY);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                avatars.run_sweep().await;
            }
        })
    }

    async fn run_sweep(&self) {
        let begun = Instant::now();
        match self.sweep().await {
            Ok(objects) => {
                self.metrics.job_rows.with_label_values(&[JOB]).inc_by(objects);
                let now = self.clock.now().unix_seconds();
                self.metrics.job_succeeded(JOB, begun.elapsed(), now);
            }
            Err(error) => {
                tracing::warn!(job = JOB, %error, "a background job failed; it runs again at its next turn");
            }
        }
    }

    /// Deletes the objects that no row points to and that are older than a day. Returns how many there were.
    ///
    /// # Errors
    /// [`AvatarError`]; then some may be left.
    pub async fn sweep(&self) -> Result<u64, AvatarError> {
        let mut old = self.blob_store.older_than(self.clock.now().minus(ABANDONED_AFTER));
        let (mut batch, mut deleted) = (Vec::with_capacity(BATCH), 0);
        while let Some(object_key) = old.try_next().await? {
            batch.push(object_key);
            if batch.len() == BATCH {
                deleted += self.sweep_batch(&batch).await?;
                batch.clear();
            }
        }
        Ok(deleted + self.sweep_batch(&batch).await?)
    }

    async fn sweep_batch(&self, object_keys: &[String]) -> Result<u64, AvatarError> {
        let (known, mut deleted) = (self.store.avatars_among(object_keys).await?, 0);
        for object_key in object_keys.iter().filter(|object_key| !known.contains(*object_key)) {
            self.blob_store.delete(object_key).await?;
            deleted += 1;
        }
        Ok(deleted)
    }
}
