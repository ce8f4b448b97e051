//! Gives every request an id that appears in its answer, log lines, events and problem body. Being
//! outside of all that makes answers, it also turns problems into their final answers.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

use crate::entropy::uuid_v7;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;

/// The request's id, in its extensions.
#[derive(Clone, Debug)]
pub struct CorrelationId(pub String);

const HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

pub async fn correlation(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = given(&request).unwrap_or_else(|| fresh(&request));
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let mut response = next.call(request).await?.map_into_boxed_body();
    let problem = response.response().error().map(|error| match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => from_framework(error),
    });
    if let Some(problem) = problem {
        let kept = response.headers().clone();
        response = response.into_response(problem.response(&id));
        for (name, value) in kept {
            if !response.headers().contains_key(&name) {
                response.headers_mut().append(name, value);
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

/// The caller's own id, if it is 1–64 of `[A-Za-z0-9._-]`: anything else could forge log lines.
fn given(request: &ServiceRequest) -> Option<String> {
    let value = request.headers().get(&HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=64).contains(&value.len()) && value.bytes().all(plain)).then(|| value.to_owned())
}

fn fresh(request: &ServiceRequest) -> String {
    let state = request.app_data::<Data<AppState>>();
    state.map(|state| uuid_v7(state.entropy.as_ref(), state.clock.now()).to_string()).unwrap_or_default()
}

/// An error of the framework's own, such as a payload it could not decode.
fn from_framework(error: &Error) -> Problem {
    if error.as_response_error().status_code().is_client_error() {
        return Problem::new(Code::InvalidRequest);
    }
    tracing::error!(%error, "the framework failed");
    Problem::new(Code::Internal)
}
