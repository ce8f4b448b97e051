//! Gives every request an id, which appears in its answer, its log lines, its security events and the body of an
//! error. Therefore errors also become their final answers here.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

use crate::entropy::uuid_v7;
use crate::http::edge;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;

/// The request's id, in its extensions.
#[derive(Clone, Debug)]
pub struct CorrelationId(pub String);

const HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// Gives the request its id.
pub fn identify(request: &ServiceRequest) -> String {
    let id = given(request).unwrap_or_else(|| fresh(request));
    request.extensions_mut().insert(CorrelationId(id.clone()));
    id
}

/// The final answer, with the id of its request.
pub fn finish(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let mut response = edge::finish(response, id, from_framework);
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The client's own id, if it has 1 to 64 characters of `[A-Za-z0-9._-]`: with others it could forge log lines.
fn given(request: &ServiceRequest) -> Option<String> {
    let value = request.headers().get(&HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=64).contains(&value.len()) && value.bytes().all(plain)).then(|| value.to_owned())
}

fn fresh(request: &ServiceRequest) -> String {
    let state = request.app_data::<Data<AppState>>();
    state.map(|state| uuid_v7(state.entropy.as_ref(), state.clock.now()).to_string()).unwrap_or_default()
}

fn from_framework(error: &Error) -> Problem {
    if error.as_response_error().status_code().is_client_error() {
        return Problem::new(Code::InvalidRequest);
    }
    tracing::error!(%error, "the HTTP framework failed");
    Problem::new(Code::Internal)
}
