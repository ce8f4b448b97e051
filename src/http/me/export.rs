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

/// Export all stored data of the caller
///
/// A JSON object with `format`, `exported_at`, `account`, `password` (dates only), `avatar`, and the lists `sessions`,
/// `security_events`, `consents`, `one_time_tokens`, `messages`, `invitations` and `quotas`. It is sent while it is
/// read from the database. If that fails, the connection is closed before the object is complete. Requires a recent
/// authentication.
#[utoipa::path(
    tag = "me",
    operation_id = "exportPersonalData",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The document, as an attachment.", body = Object, content_type = "application/json"),
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
    // An error closes the connection, so that an incomplete document cannot be taken for a complete one.
    let body = unfold(document, |mut document| async move {
        let part = document.next().await?;
        Some((part.map(Bytes::from), document))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .streaming(Box::pin(body)))
}
