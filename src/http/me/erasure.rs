//! `DELETE /api/v1/me`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, delete};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::caller::RecentCaller;
use crate::http::extract::client::Client;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::http::text;

#[derive(Serialize, ToSchema)]
pub struct ErasureResponse {
    /// When the account and all that is kept of it will be erased.
    pub erase_at: String,
}

/// Erase the caller's account
///
/// All sessions end at once and links in mails stop to work. The account is erased when the time to think
/// it over has passed (`privacy.erasure_grace`); a login before that cancels it. Needs a recent proof of
/// who the caller is.
#[utoipa::path(
    tag = "me",
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The wish is noted, and all sessions have ended.", body = ErasureResponse),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: the last administrator", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[delete("/api/v1/me")]
pub async fn erase(
    state: Data<AppState>,
    client: Client,
    caller: RecentCaller,
) -> Result<HttpResponse, Problem> {
    let (privacy, acting_session) = (Arc::clone(&state.privacy), caller.0.acting_session());
    let erase_at =
        state.run(async move { privacy.wish_erasure(acting_session, client.context).await }).await?;
    Ok(HttpResponse::Accepted().json(ErasureResponse { erase_at: text::time(erase_at) }))
}
