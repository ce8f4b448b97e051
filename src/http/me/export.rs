//! `GET /api/v1/me/export`

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::stream::unfold;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::policy::RecentAuthentication;
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// Everything that is stored on the caller
///
/// One JSON object: `format`, `exported_at`, `account`, `password` (dates only), `avatar` and the lists
/// `sessions`, `security_events`, `consents`, `one_time_tokens`, `messages`, `invitations`, `quotas`. It is
/// sent while it is read; should that fail, the connection is cut before the object is closed. Needs a recent
/// proof of who the caller is.
#[utoipa::path(
    tag = "me",
    operation_id = "exportPersonalData",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The document, as an attachment.", body = serde_json::Value, content_type = "application/json"),
        Caller<RecentAuthentication>,
    ),
)]
#[get("/api/v1/me/export")]
pub async fn export(
    state: Data<AppState>,
    client: Client,
    caller: Caller<RecentAuthentication>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let document = state
        .run(|app| async move { app.privacy.clone().export(acting_session, client.context).await })
        .await?;
    // An error cuts the connection: half a document does not pass for a whole one.
    let body = unfold(document, |mut document| async move {
        let part = document.next().await?;
        Some((part.map(Bytes::from), document))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .streaming(Box::pin(body)))
}
