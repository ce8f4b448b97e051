//! Requests that no route handles: 404, or 405 with the methods of the resource.

use actix_web::{HttpRequest, HttpResponse};

use super::openapi::API;
use super::problem::{Code, Problem};

pub async fn fallback(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(match API.methods.find(request.path()) {
        Some(methods) => Problem { allow: Some(methods.to_owned()), ..Problem::new(Code::MethodNotAllowed) },
        None => Problem::new(Code::NotFound),
    })
}
