//! Which pages of other origins may read answers: the CORS protocol (Fetch standard §3.3).

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::web::Data;

use crate::http::openapi;
use crate::http::state::AppState;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, X-CSRF-Token, Idempotency-Key, X-Correlation-ID, If-None-Match";
const EXPOSED: &str =
    "Retry-After, RateLimit, RateLimit-Policy, X-Correlation-ID, WWW-Authenticate, ETag, Content-Disposition";
/// Ten minutes, in seconds. Chromium accepts no more than two hours.
const MAX_AGE: &str = "600";

/// How the pages of an origin may use an answer.
pub enum Access {
    /// The answer is public, and no cookies are sent along.
    Public,
    /// The origin is an allowed one, which may send cookies.
    Allowed(HeaderValue),
    /// Pages of other origins may not read it.
    Refused,
}

/// What the origin of a request may do with the answer.
pub fn access(request: &ServiceRequest) -> Access {
    let path = request.path();
    if path == openapi::PATH || path.starts_with("/.well-known/") {
        return Access::Public;
    }
    let mut origins = request.headers().get_all(ORIGIN);
    let state = request.app_data::<Data<AppState>>();
    match (origins.next(), origins.next(), state) {
        (Some(origin), None, Some(state)) if state.browsers.origins.is_allowed(origin.as_bytes()) => {
            Access::Allowed(origin.clone())
        }
        _ => Access::Refused,
    }
}

/// The answer to a preflight request of an origin that may read answers. All other requests go to their handlers.
pub fn preflight(request: &ServiceRequest, access: &Access) -> Option<HttpResponse> {
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight || matches!(access, Access::Refused) {
        return None;
    }
    let answer = HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish();
    Some(answer)
}

/// Tells the browser.
pub fn allow(headers: &mut HeaderMap, access: Access) {
    let is_public = matches!(access, Access::Public);
    match access {
        Access::Public => headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        Access::Allowed(origin) => {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
        }
        // Caches must not give one origin the answer for another one.
        Access::Refused => return headers.append(VARY, HeaderValue::from_static("Origin")),
    };
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if !is_public {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
}
