//! `DELETE /api/v1/me`

use actix_web::web::Data;
use actix_web::{HttpResponse, delete};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::policy::RecentAuthentication;
use crate::http::problem::Problem;
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
    operation_id = "requestErasure",
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The wish is noted, and all sessions have ended.", body = ErasureResponse),
        Caller<RecentAuthentication>,
        (status = 409, description = "`conflict`: the last administrator"),
    ),
)]
#[delete("/api/v1/me")]
pub async fn erase(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let erase_at = state
        .run(|app| async move { app.privacy.wish_erasure(acting_session, client.context).await })
        .await?;
    Ok(HttpResponse::Accepted().json(ErasureResponse { erase_at: text::time(erase_at) }))
}
