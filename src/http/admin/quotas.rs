//! `GET /api/v1/admin/quotas`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::permission::{Permitted, Read};
use crate::http::problem::ProblemBody;
use crate::http::state::AppState;
use crate::http::text;
use crate::notification::quota::QuotaReport;

#[derive(Serialize, ToSchema)]
pub struct QuotaResponse {
    /// Midnight (UTC), when the counts begin anew.
    pub resets_at: String,
    pub channels: Vec<ChannelQuota>,
}

#[derive(Serialize, ToSchema)]
pub struct ChannelQuota {
    /// `mail` or `sms`.
    pub channel: &'static str,
    /// Messages of today by all nodes, as far as this one knows.
    pub used: u64,
    pub limit: u64,
    /// To one account.
    pub limit_per_user: u64,
}

/// What is left of today's channels for messages
#[utoipa::path(
    tag = "admin",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The channels of today (UTC).", body = QuotaResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/admin/quotas")]
pub async fn quotas(state: Data<AppState>, _: Permitted<Read>) -> HttpResponse {
    HttpResponse::Ok().json(response(state.quotas.report()))
}

fn response(report: QuotaReport) -> QuotaResponse {
    let channels = report.channels.into_iter().map(|channel| ChannelQuota {
        channel: channel.channel,
        used: channel.used,
        limit: channel.limit,
        limit_per_user: channel.limit_per_user,
    });
    QuotaResponse { resets_at: text::time(report.resets_at), channels: channels.collect() }
}
