//! Retention: rows that were kept for long enough are deleted, in the background and by `kindred purge`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::Privacy;
use super::erasure::ErasureError;
use crate::store::StoreError;
use crate::store::privacy::personal_data::{Due, PersonalTable, Purge, personal_tables};

/// The jobs first run this long after the start, which is busy enough.
const FIRST: Duration = Duration::from_secs(60);
/// Longest pause between two batches.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The job that erases people. The others are declared with what they delete.
const ERASURES: &str = "erasures";

/// What a job has done.
#[derive(Debug, Serialize)]
pub struct JobReport {
    pub job: &'static str,
    /// Rows deleted, or users erased.
    pub rows: u64,
    /// Why the job failed before its end, if it did.
    pub error: Option<String>,
}

impl Privacy {
    /// Runs all jobs every `retention.interval`, until it is aborted.
    pub fn keep_clean(self: &Arc<Self>) -> JoinHandle<()> {
        let privacy = Arc::clone(self);
        privacy.expect_jobs();
        tokio::spawn(async move {
            let period = privacy.retention.interval;
            let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period.min(FIRST), period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                privacy.purge_all().await;
            }
        })
    }

    fn expect_jobs(&self) {
        let purges = personal_tables().flat_map(|table| table.purges);
        for job in purges.map(|purge| purge.job).chain([ERASURES]) {
            self.metrics.expect_job(job, self.retention.interval);
        }
    }

    /// Runs each job once. One that fails does not keep the others from running; it runs again at the next turn.
    pub async fn purge_all(&self) -> Vec<JobReport> {
        let mut reports = Vec::new();
        for table in personal_tables() {
            for purge in table.purges {
                let (mut rows, begun) = (0, Instant::now());
                let result = self.purge(&table, purge, &mut rows).await.map_err(ErasureError::from);
                reports.push(self.report(purge.job, rows, begun, result).await);
            }
        }
        let (mut rows, begun) = (0, Instant::now());
        let result = self.run_erasures(&mut rows).await;
        reports.push(self.report(ERASURES, rows, begun, result).await);
        reports
    }

    async fn report(
        &self,
        job: &'static str,
        rows: u64,
        begun: Instant,
        result: Result<(), ErasureError>,
    ) -> JobReport {
        let error = match self.note(job, rows, begun.elapsed(), result).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(job, rows, %error, "a background job failed; it runs again at its next turn");
                Some(error.to_string())
            }
        };
        JobReport { job, rows, error }
    }

    async fn note(
        &self,
        job: &'static str,
        rows: u64,
        took: Duration,
        result: Result<(), ErasureError>,
    ) -> Result<(), ErasureError> {
        self.metrics.job_rows.with_label_values(&[job]).inc_by(rows);
        result?;
        let now = self.clock.now();
        self.store.record_job(job, rows, now).await?;
        self.metrics.job_succeeded(job, took, now.unix_seconds());
        Ok(())
    }

    async fn run_erasures(&self, rows: &mut u64) -> Result<(), ErasureError> {
        *rows = self.erase_due().await?;
        Ok(self.store.empty_log().await?)
    }

    /// Deletes batch by batch. Between two batches others have their turn, for as long as the last one took.
    async fn purge(&self, table: &PersonalTable, purge: &Purge, rows: &mut u64) -> Result<(), StoreError> {
        let due = Due::at(self.clock.now(), purge.kept_for.span(&self.retention));
        loop {
            let begun = Instant::now();
            let deleted = self.store.purge(table, purge, due, self.retention.batch).await?;
            *rows += deleted;
            if deleted < self.retention.batch {
                return Ok(());
            }
            tokio::time::sleep(begun.elapsed().min(LONGEST_PAUSE)).await;
        }
    }
}
