//! What the background jobs of sessions have in common.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::Sessions;
use crate::store::StoreError;

/// Runs a job once, and tells the metrics whether it has succeeded.
pub async fn run(
    job: &'static str,
    sessions: &Sessions,
    work: impl Future<Output = Result<u64, StoreError>>,
) {
    let begun = Instant::now();
    let metrics = &sessions.metrics;
    match work.await {
        Ok(rows) => {
            metrics.job_rows.with_label_values(&[job]).inc_by(rows);
            metrics.job_succeeded(job, begun.elapsed(), sessions.clock.now().unix_seconds());
        }
        Err(error) => tracing::warn!(job, %error, "a background job failed; it runs again at its next turn"),
    }
}

/// The turns of a job. One that is late does not make the following ones come faster.
pub fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
