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

#[derive(Serialize, ToSchema)]
pub struct ErasureResponse {
    /// When the account and its data will be erased.
    #[schema(format = DateTime)]
    pub erase_at: String,
}

/// Request the erasure of the caller's account
///
/// All sessions are revoked at once, and links in mails become void. The account is erased when the grace period
/// (`privacy.erasure_grace`) has passed; a login before that cancels the erasure. Requires a recent authentication.
#[utoipa::path(
    tag = "me",
    operation_id = "requestErasure",
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The erasure is scheduled, and all sessions are revoked.", body = ErasureResponse),
        Caller<RecentAuthentication>,
        (status = 409, description = "`conflict`: this is the last administrator"),
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
        .run(|app| async move { app.privacy.request_erasure(acting_session, client.context).await })
        .await?;
    Ok(HttpResponse::Accepted().json(ErasureResponse { erase_at: erase_at.rfc3339() }))
}
