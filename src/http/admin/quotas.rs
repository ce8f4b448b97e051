//! `GET /api/v1/admin/quotas`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::state::AppState;
use crate::notification::quota::QuotaReport;

#[derive(Serialize, ToSchema)]
pub struct QuotaResponse {
    /// Midnight (UTC), when counting begins again.
    #[schema(format = DateTime)]
    pub resets_at: String,
    pub channels: Vec<ChannelQuota>,
}

#[derive(Serialize, ToSchema)]
pub struct ChannelQuota {
    /// `mail` or `sms`.
    #[schema(example = "mail")]
    pub channel: &'static str,
    /// The messages that all nodes have sent today, as far as this node knows.
    pub used: u64,
    pub limit: u64,
    /// The limit for one account.
    pub limit_per_user: u64,
}

/// Show how much of today's message quotas is used
#[utoipa::path(
    tag = "admin",
    operation_id = "getMessageQuotas",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The quota of each channel for today (UTC).", body = QuotaResponse),
        Caller<Administrator<Read>>,
    ),
)]
#[get("/api/v1/admin/quotas")]
pub async fn quotas(state: Data<AppState>, _: Caller<Administrator<Read>>) -> HttpResponse {
    HttpResponse::Ok().json(response(state.quotas.report()))
}

fn response(report: QuotaReport) -> QuotaResponse {
    let channels = report.channels.into_iter().map(|channel| ChannelQuota {
        channel: channel.channel,
        used: channel.used,
        limit: channel.limit,
        limit_per_user: channel.limit_per_user,
    });
    QuotaResponse { resets_at: report.resets_at.rfc3339(), channels: channels.collect() }
}
