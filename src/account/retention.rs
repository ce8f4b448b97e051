//! What is over its time is deleted: in the background, and by `kindred purge`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::Privacy;
use super::erasure::ErasureError;
use crate::clock::Timestamp;
use crate::model::device_token::LIFETIME;
use crate::store::StoreError;
use crate::store::privacy::purge::Stale;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the row of a family, or of a trusted device, stays after its expiry in any case: clocks may be wrong.
pub(super) const MARGIN: Duration = DAY;
/// When the jobs run first: a start is busy enough.
const FIRST: Duration = Duration::from_secs(60);
/// Longest pause between two batches.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One kind of work. The name is a metric's label, so it is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    SecurityEvents,
    FailedLogins,
    Sessions,
    OneTimeTokens,
    LoginChallenges,
    TrustedDevices,
    DeviceAttempts,
    Invitations,
    PendingRegistrations,
    Ceremonies,
    CeremonyUses,
    StrangerCounts,
    Outbox,
    Quotas,
    SmsCodes,
    SmsSends,
    Erasures,
}

impl Job {
    pub const ALL: [Self; 17] = [
        Self::SecurityEvents,
        Self::FailedLogins,
        Self::Sessions,
        Self::OneTimeTokens,
        Self::LoginChallenges,
        Self::TrustedDevices,
        Self::DeviceAttempts,
        Self::Invitations,
        Self::PendingRegistrations,
        Self::Ceremonies,
        Self::CeremonyUses,
        Self::StrangerCounts,
        Self::Outbox,
        Self::Quotas,
        Self::SmsCodes,
        Self::SmsSends,
        Self::Erasures,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::SecurityEvents => "purge_security_events",
            Self::FailedLogins => "purge_failed_logins",
            Self::Sessions => "purge_sessions",
            Self::OneTimeTokens => "purge_one_time_tokens",
            Self::LoginChallenges => "purge_login_challenges",
            Self::TrustedDevices => "purge_trusted_devices",
            Self::DeviceAttempts => "purge_device_attempts",
            Self::Invitations => "purge_invitations",
            Self::PendingRegistrations => "purge_pending_registrations",
            Self::Ceremonies => "purge_webauthn_ceremonies",
            Self::CeremonyUses => "purge_webauthn_ceremony_uses",
            Self::StrangerCounts => "purge_stranger_counts",
            Self::Outbox => "purge_outbox",
            Self::Quotas => "purge_quotas",
            Self::SmsCodes => "purge_sms_codes",
            Self::SmsSends => "purge_sms_sends",
            Self::Erasures => "erasures",
        }
    }
}

/// What a job has done.
#[derive(Debug, Serialize)]
pub struct JobReport {
    pub job: &'static str,
    /// Rows deleted, or users erased.
    pub rows: u64,
    /// Why it did not come to its end.
    pub error: Option<String>,
}

impl Privacy {
    /// Runs all jobs every `retention.interval`, until it is aborted.
    pub fn keep_clean(self: &Arc<Self>) -> JoinHandle<()> {
        let privacy = Arc::clone(self);
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

    /// Runs each job once. One that fails does not keep the others; it runs again at the next turn.
    pub async fn purge_all(&self) -> Vec<JobReport> {
        let mut reports = Vec::with_capacity(Job::ALL.len());
        for job in Job::ALL {
            let (mut rows, begun) = (0, Instant::now());
            let result = self.run(job, &mut rows).await;
            let error = match self.note(job, rows, begun.elapsed(), result).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(job = job.name(), rows, %error, "a background job failed; it runs again at its next turn");
                    Some(error.to_string())
                }
            };
            reports.push(JobReport { job: job.name(), rows, error });
        }
        reports
    }

    async fn note(
        &self,
        job: Job,
        rows: u64,
        took: Duration,
        result: Result<(), ErasureError>,
    ) -> Result<(), ErasureError> {
        self.metrics.job_rows.with_label_values(&[job.name()]).inc_by(rows);
        result?;
        let now = self.clock.now();
        self.store.record_job(job.name(), rows, now).await?;
        self.metrics.job_succeeded(job.name(), took, now.unix_seconds());
        Ok(())
    }

    async fn run(&self, job: Job, rows: &mut u64) -> Result<(), ErasureError> {
        let Some(stale) = self.stale(job, self.clock.now()) else {
            *rows = self.erase_due().await?;
            return Ok(self.store.empty_log().await?);
        };
        Ok(self.purge(stale, rows).await?)
    }

    /// Batch by batch. Between two of them others have their turn, for as long as the last one took.
    async fn purge(&self, stale: Stale, rows: &mut u64) -> Result<(), StoreError> {
        loop {
            let begun = Instant::now();
            let deleted = self.store.purge(stale, self.retention.batch).await?;
            *rows += deleted;
            if deleted < self.retention.batch {
                return Ok(());
            }
            tokio::time::sleep(begun.elapsed().min(LONGEST_PAUSE)).await;
        }
    }

    /// What a job deletes; `None` for the one that erases people.
    fn stale(&self, job: Job, now: Timestamp) -> Option<Stale> {
        let retention = &self.retention;
        Some(match job {
            Job::SecurityEvents => Stale::SecurityEvents { before: now.minus(retention.security_events) },
            Job::FailedLogins => Stale::FailedLogins { before: now.minus(retention.failed_logins) },
            Job::Sessions => Stale::Sessions {
                over_before: now.minus(retention.ended_sessions),
                expired_before: now.minus(MARGIN),
            },
            Job::OneTimeTokens => Stale::OneTimeTokens { before: now.minus(retention.one_time_tokens) },
            Job::LoginChallenges => Stale::LoginChallenges { before: now.minus(retention.one_time_tokens) },
            Job::TrustedDevices => Stale::TrustedDevices { before: now.minus(MARGIN) },
            Job::DeviceAttempts => Stale::DeviceAttempts { before: now.minus(LIFETIME + MARGIN) },
            Job::Invitations => Stale::Invitations { before: now.minus(retention.one_time_tokens) },
            Job::PendingRegistrations => Stale::PendingRegistrations { before: now },
            Job::Ceremonies => Stale::Ceremonies { before: now },
            Job::CeremonyUses => Stale::CeremonyUses { before: now.minus(MARGIN) },
            Job::StrangerCounts => Stale::StrangerCounts { before: now.minus(retention.failed_logins) },
            Job::Outbox => Stale::Messages { before: now.minus(retention.outbox) },
            Job::Quotas => {
                let before_day =
                    now.minus(retention.outbox).unix_seconds().div_euclid(DAY.as_secs().cast_signed());
                Stale::Quotas { before_day }
            }
            Job::SmsCodes => Stale::SmsCodes { before: now },
            Job::SmsSends => Stale::SmsSends { before: now.minus(DAY) },
            Job::Erasures => return None,
        })
    }
}
