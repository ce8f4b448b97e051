//! The compliance report: row counts and ages for each category of personal data, how long it is kept, and whether the
//! jobs that delete it run.

use std::time::Duration;

use super::Privacy;
use crate::clock::Timestamp;
use crate::config::Span;
use crate::store::StoreError;
use crate::store::database::job_run::JobRun;
use crate::store::privacy::data_inventory::ConsentCount;
use crate::store::privacy::personal_data::{PersonalTable, personal_tables};

/// The report.
#[derive(Debug)]
pub struct ComplianceReport {
    pub generated_at: Timestamp,
    pub categories: Vec<Category>,
    pub erasure: ErasureState,
    pub jobs: Vec<JobRun>,
    pub terms: TermsState,
}

/// A category of personal data.
#[derive(Debug)]
pub struct Category {
    pub category: &'static str,
    /// The kinds of data about people in it.
    pub data: &'static [&'static str],
    /// For how long a row is kept, such as `90d`; absent where it stays as long as the account.
    pub retention: Option<String>,
    /// From when the span counts, or until when it stays.
    pub kept_until: &'static str,
    pub rows: u64,
    pub oldest: Option<Timestamp>,
}

/// Requested erasures.
#[derive(Debug)]
pub struct ErasureState {
    /// The time between the request and the erasure.
    pub grace: String,
    pub pending: u64,
    /// Those whose time has come: more than 0 for long tells that the job does not run.
    pub due: u64,
    pub next_at: Option<Timestamp>,
}

/// The accepted versions of the terms.
#[derive(Debug)]
pub struct TermsState {
    /// The version that is asked for today.
    pub required_version: Option<String>,
    pub accepted: Vec<ConsentCount>,
}

impl Privacy {
    /// # Errors
    /// [`StoreError`].
    pub async fn compliance(&self) -> Result<ComplianceReport, StoreError> {
        let now = self.clock.now();
        let mut categories = Vec::new();
        for table in personal_tables() {
            categories.push(self.category(&table).await?);
        }
        let erasures = self.store.pending_erasures(now).await?;
        Ok(ComplianceReport {
            generated_at: now,
            categories,
            erasure: ErasureState {
                grace: span(self.rules.erasure_grace),
                pending: erasures.count,
                due: erasures.due,
                next_at: erasures.next_at,
            },
            jobs: self.store.job_runs().await?,
            terms: TermsState {
                required_version: self.terms_version.clone(),
                accepted: self.store.consent_counts().await?,
            },
        })
    }

    async fn category(&self, table: &PersonalTable) -> Result<Category, StoreError> {
        let amount = self.store.amount(table).await?;
        // What was only begun is not what the category is about.
        let purge = table.purges.iter().find(|purge| purge.abandoned().is_none());
        let kept_for = purge.map(|purge| purge.kept_for.span(&self.retention));
        Ok(Category {
            category: table.category,
            data: table.data,
            retention: kept_for.map(span),
            kept_until: table.kept_until,
            rows: amount.rows,
            oldest: amount.oldest,
        })
    }
}

fn span(duration: Duration) -> String {
    Span(duration).to_string()
}
