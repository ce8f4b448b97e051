//! `POST /api/v1/auth/logout-all`

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::policy::AnySession;
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// How many sessions an operation has ended.
#[derive(Serialize, ToSchema)]
pub struct RevokedCount {
    pub revoked: usize,
}

/// How many sessions have ended, and what makes this device a known one again.
#[derive(Serialize, ToSchema)]
pub struct LoggedOutBody {
    pub revoked: usize,
    /// The next login from this device sends it as `device_token`.
    pub device_token: String,
}

/// Log out everywhere
///
/// Ends all of the caller's sessions, this one included, and logins that are under way. Of the devices that were known
/// or trusted only the one that asks stays a known one, by its new token.
#[utoipa::path(
    tag = "auth",
    operation_id = "logoutEverywhere",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All sessions have ended.", body = LoggedOutBody),
        Caller<AnySession>,
    ),
)]
#[post("/api/v1/auth/logout-all")]
pub async fn logout_all(
    state: Data<AppState>,
    client: Client,
    caller: Caller<AnySession>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let (revoked, token) = state
        .run(|app| async move { app.authn.devices.log_out_everywhere(acting_session, client.context).await })
        .await?;
    Ok(HttpResponse::Ok().json(LoggedOutBody { revoked, device_token: token.expose().clone() }))
}
