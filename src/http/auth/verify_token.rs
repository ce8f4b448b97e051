//! `HEAD|GET /api/v1/auth/verify-token`

use actix_web::http::header::HeaderName;
use actix_web::{HttpResponse, guard, route, web};

use crate::http::extract::caller::Caller;
use crate::http::extract::policy::GatewayCheck;

/// What gateways pass on to the services behind them.
const SUBJECT: HeaderName = HeaderName::from_static("x-auth-subject");
const SESSION: HeaderName = HeaderName::from_static("x-auth-session");
const AAL: HeaderName = HeaderName::from_static("x-auth-aal");
const ROLES: HeaderName = HeaderName::from_static("x-auth-roles");

/// Check an access token
///
/// For gateways, for example with nginx `auth_request`: the response has no body and needs no database read, and
/// revocations take effect at once. A session that must first change the password or enroll a second factor is refused
/// with 403, which `auth_request` passes on like 401. Every method is answered in the same way, because gateways use that
/// of the original request.
#[utoipa::path(
    tag = "auth",
    operation_id = "verifyAccessToken",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The token is valid.", headers(
            ("X-Auth-Subject" = String, description = "The id of the user"),
            ("X-Auth-Session" = String, description = "The id of the session"),
            ("X-Auth-Aal" = String, description = "Authenticator assurance level"),
            ("X-Auth-Roles" = String, description = "Roles, separated by spaces"),
        )),
        Caller<GatewayCheck>,
        (status = 503, description = "`unavailable`: revocations cannot be checked"),
    ),
)]
#[route("/api/v1/auth/verify-token", method = "GET", method = "HEAD")]
pub async fn verify_token(caller: Caller<GatewayCheck>) -> HttpResponse {
    accepted(caller)
}

/// The same for all methods that the document does not list.
pub fn with_other_methods() -> actix_web::Resource {
    let listed = guard::Any(guard::Get()).or(guard::Head());
    let answer = |caller: Caller<GatewayCheck>| async move { accepted(caller) };
    web::resource("/api/v1/auth/verify-token").guard(guard::Not(listed)).to(answer)
}

fn accepted(caller: Caller<GatewayCheck>) -> HttpResponse {
    let caller = caller.0;
    HttpResponse::NoContent()
        .insert_header((SUBJECT, caller.user_id.to_string()))
        .insert_header((SESSION, caller.session_id.to_string()))
        .insert_header((AAL, caller.claims.acr.trim_start_matches("aal")))
        .insert_header((ROLES, caller.claims.roles.join(" ")))
        .finish()
}
