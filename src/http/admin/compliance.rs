//! `GET /api/v1/admin/compliance`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::account::compliance::ComplianceReport;
use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::http::text;

#[derive(Serialize, ToSchema)]
pub struct ComplianceResponse {
    pub generated_at: String,
    /// Kinds of personal data.
    pub categories: Vec<KeptCategory>,
    pub erasure: PendingErasure,
    /// The last success of each job that deletes, on whichever node.
    pub jobs: Vec<JobState>,
    pub terms: Terms,
}

#[derive(Serialize, ToSchema)]
pub struct KeptCategory {
    pub category: &'static str,
    /// What of people is in it.
    pub data: Vec<&'static str>,
    /// How long it is kept, such as `90d`; absent where it stays as long as the account.
    pub retention: Option<String>,
    /// From when that counts, or what ends it.
    pub kept_until: &'static str,
    pub rows: u64,
    pub oldest: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PendingErasure {
    /// The time between the wish and the deed.
    pub grace: String,
    pub pending: u64,
    /// Those whose time has come: more than 0 for long tells that the job does not run.
    pub due: u64,
    pub next_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct JobState {
    pub job: String,
    pub finished_at: String,
    /// Rows deleted, or people erased, by that run.
    pub rows: i64,
    pub rows_total: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Terms {
    /// The version that is asked for today.
    pub required_version: Option<String>,
    pub accepted: Vec<AcceptedVersion>,
}

#[derive(Serialize, ToSchema)]
pub struct AcceptedVersion {
    pub document: String,
    pub version: String,
    pub users: i64,
}

/// What is kept of people, for how long, and whether it goes in time
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
    Ok(HttpResponse::Ok().json(response(report)))
}

fn response(report: ComplianceReport) -> ComplianceResponse {
    let categories = report.categories.into_iter().map(|category| KeptCategory {
        category: category.category,
        data: category.data.to_vec(),
        retention: category.retention,
        kept_until: category.kept_until,
        rows: category.rows,
        oldest: category.oldest.map(text::time),
    });
    let jobs = report.jobs.into_iter().map(|run| JobState {
        job: run.job,
        finished_at: text::time(run.finished_at),
        rows: run.rows,
        rows_total: run.rows_total,
    });
    let accepted = report.terms.accepted.into_iter();
    let accepted = accepted.map(|count| AcceptedVersion {
        document: count.document,
        version: count.version,
        users: count.users,
    });
    ComplianceResponse {
        generated_at: text::time(report.generated_at),
        categories: categories.collect(),
        erasure: PendingErasure {
            grace: report.erasure.grace,
            pending: report.erasure.pending,
            due: report.erasure.due,
            next_at: report.erasure.next_at.map(text::time),
        },
        jobs: jobs.collect(),
        terms: Terms { required_version: report.terms.required_version, accepted: accepted.collect() },
    }
}
