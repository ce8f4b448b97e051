//! Requests that no route handles: 404, or 405 with the methods of the resource; and `OPTIONS`, which tells the methods.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::auth::verify_token;
use super::openapi::METHODS;
use super::problem::{Code, Problem};
use super::state::AppState;

/// Paths that match the pattern of an item without being one: other methods than their own get a 405, and are not handled
/// as those of an item.
pub fn reserved(config: &mut web::ServiceConfig) {
    let others = web::resource("/api/v1/me/passkeys/options").guard(guard::Not(guard::Post()));
    config.service(others.to(fallback));
    config.service(verify_token::with_other_methods());
}

pub async fn fallback(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let is_options = request.method() == Method::OPTIONS;
    if is_options && matches!(request.path(), "/" | "*") {
        return whole_server(&request);
    }
    Err(match METHODS.find(request.path()) {
        Some(methods) if is_options => return Ok(told(methods)),
        Some(methods) => Problem { allow: Some(methods.to_owned()), ..Problem::new(Code::MethodNotAllowed) },
        None => Problem::new(Code::NotFound),
    })
}

/// `OPTIONS /` and `OPTIONS *` (RFC 9110 §9.3.7) are what load balancers ask that were not told another path, for example
/// HAProxy's `option httpchk`. They turn to 503 with the readiness when the server shuts down.
fn whole_server(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if request.app_data::<Data<AppState>>().is_some_and(|state| state.is_draining()) {
        return Err(Problem::new(Code::Unavailable).detail("The server is shutting down."));
    }
    Ok(told("GET, HEAD, POST, PUT, PATCH, DELETE"))
}

fn told(methods: &str) -> HttpResponse {
    HttpResponse::NoContent().insert_header((ALLOW, format!("{methods}, OPTIONS"))).finish()
}
