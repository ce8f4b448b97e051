//! `POST /api/v1/auth/logout-all`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::cookie_session::{CookieTransport, has_bearer_token};
use crate::http::extract::policy::AnySession;
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// How many sessions were revoked, and the token by which the account knows this device.
#[derive(Serialize, ToSchema)]
pub struct LoggedOutBody {
    pub revoked: usize,
    /// The next login from this device sends it as `device_token`. Absent in cookie transport, where it is a cookie.
    #[schema(example = "kd2_…")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// Log out everywhere
///
/// Revokes all of the caller's sessions, including the one that sends the request, and ends logins that are in
/// progress. All known and trusted devices are forgotten, except that the calling device stays known by its new token.
#[utoipa::path(
    tag = "auth",
    operation_id = "logoutEverywhere",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All sessions are revoked.", body = LoggedOutBody),
        Caller<AnySession>,
    ),
)]
#[post("/api/v1/auth/logout-all")]
pub async fn logout_all(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Caller<AnySession>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let (revoked, token) = state
        .run(|app| async move { app.authn.devices.log_out_everywhere(acting_session, client.context).await })
        .await?;
    if has_bearer_token(&request) {
        return Ok(
            HttpResponse::Ok().json(LoggedOutBody { revoked, device_token: Some(token.expose().clone()) })
        );
    }
    let mut response = HttpResponse::Ok().json(LoggedOutBody { revoked, device_token: None });
    CookieTransport::of_caller().remember_device(&request, &mut response, caller.user_id, token.expose());
    Ok(response)
}
