//! `GET /api/v1/admin/quotas`

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
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
    operation_id = "getMessageQuotas",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The channels of today (UTC).", body = QuotaResponse),
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
    QuotaResponse { resets_at: text::time(report.resets_at), channels: channels.collect() }
}
