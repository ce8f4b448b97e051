//! `GET /api/v1/admin/compliance`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::account::compliance::ComplianceReport;
use crate::clock::Timestamp;
use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct ComplianceResponse {
    #[schema(format = DateTime)]
    pub generated_at: String,
    /// The categories of personal data.
    pub categories: Vec<KeptCategory>,
    pub erasure: PendingErasure,
    /// The last successful run of each job that deletes data, on any node.
    pub jobs: Vec<JobState>,
    pub terms: Terms,
}

#[derive(Serialize, ToSchema)]
pub struct KeptCategory {
    #[schema(example = "security_events")]
    pub category: &'static str,
    /// The kinds of data about people in it.
    #[schema(example = json!(["network addresses", "user agents"]))]
    pub data: Vec<&'static str>,
    /// The retention period, for example `90d`; absent if the data are kept as long as the account.
    #[schema(example = "90d")]
    pub retention: Option<String>,
    /// What the retention is counted from, or what ends the storage.
    #[schema(example = "90 days after the event")]
    pub kept_until: &'static str,
    pub rows: u64,
    #[schema(format = DateTime)]
    pub oldest: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PendingErasure {
    /// The time between the request and the erasure.
    #[schema(example = "30d")]
    pub grace: String,
    pub pending: u64,
    /// The erasures that are due. If this is more than 0 for a long time, the job does not run.
    pub due: u64,
    #[schema(format = DateTime)]
    pub next_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct JobState {
    #[schema(example = "retention")]
    pub job: String,
    #[schema(format = DateTime)]
    pub finished_at: String,
    /// Rows deleted, or accounts erased, by that run.
    pub rows: i64,
    pub rows_total: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Terms {
    /// The version that is currently required.
    #[schema(example = "2026-11")]
    pub required_version: Option<String>,
    pub accepted: Vec<AcceptedVersion>,
}

#[derive(Serialize, ToSchema)]
pub struct AcceptedVersion {
    #[schema(example = "terms")]
    pub document: String,
    #[schema(example = "2026-11")]
    pub version: String,
    pub users: i64,
}

/// Categories of personal data, how long each is stored, and whether it is deleted in time
#[utoipa::path(
    tag = "admin",
    operation_id = "getComplianceReport",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The state of retention and erasure.", body = ComplianceResponse),
        Caller<Administrator<Read>>,
    ),
)]
#[get("/api/v1/admin/compliance")]
pub async fn compliance(
    state: Data<AppState>,
    _: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let report = state.run(|app| async move { app.privacy.compliance().await }).await?;
    Ok(HttpResponse::Ok().json(ComplianceResponse::from(report)))
}

impl From<ComplianceReport> for ComplianceResponse {
    fn from(report: ComplianceReport) -> Self {
        let categories = report.categories.into_iter().map(|category| KeptCategory {
            category: category.category,
            data: category.data.to_vec(),
            retention: category.retention,
            kept_until: category.kept_until,
            rows: category.rows,
            oldest: category.oldest.map(Timestamp::rfc3339),
        });
        let jobs = report.jobs.into_iter().map(|run| JobState {
            job: run.job,
            finished_at: run.finished_at.rfc3339(),
            rows: run.rows,
            rows_total: run.rows_total,
        });
        let accepted = report.terms.accepted.into_iter();
        let accepted = accepted.map(|count| AcceptedVersion {
            document: count.document,
            version: count.version,
            users: count.users,
        });
        Self {
            generated_at: report.generated_at.rfc3339(),
            categories: categories.collect(),
            erasure: PendingErasure {
                grace: report.erasure.grace,
                pending: report.erasure.pending,
                due: report.erasure.due,
                next_at: report.erasure.next_at.map(Timestamp::rfc3339),
            },
            jobs: jobs.collect(),
            terms: Terms { required_version: report.terms.required_version, accepted: accepted.collect() },
        }
    }
}
