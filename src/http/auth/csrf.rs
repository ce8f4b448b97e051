//! `GET /api/v1/auth/csrf`

use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::entropy::bytes;
use crate::http::browser::cookies::Kind;
use crate::http::extract::cookie_session::{csrf_subject, csrf_token};
use crate::http::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct CsrfBody {
    /// For the header `X-CSRF-Token` of requests with cookies.
    #[schema(example = "5f0c1f2c3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    pub csrf_token: String,
}

/// Get a CSRF token
///
/// For the header `X-CSRF-Token`, which all requests with cookies need that have effects. Before login, the token is bound
/// to a cookie that this answer sets; afterwards to the session, so that a login returns the next token. It is
/// valid for at least a day, in this browser only.
#[utoipa::path(
    tag = "auth",
    operation_id = "getCsrfToken",
    responses((status = 200, description = "The token.", body = CsrfBody)),
)]
#[get("/api/v1/auth/csrf")]
pub async fn csrf(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    if let Some(subject) = csrf_subject(&request, &state) {
        return HttpResponse::Ok().json(CsrfBody { csrf_token: csrf_token(&request, &state, &subject) });
    }
    let subject = hex::encode(bytes::<16>(state.entropy.as_ref()));
    let mut response = HttpResponse::Ok();
    if let Some(cookie) = state.browsers.cookies.set_before_login(Kind::PreSession, &subject, None) {
        response.append_header((SET_COOKIE, cookie));
    }
    response.json(CsrfBody { csrf_token: csrf_token(&request, &state, &subject) })
}
