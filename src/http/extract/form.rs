//! Forms that come from other servers: `application/x-www-form-urlencoded`, of which only identity providers send some.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};

use super::content_coding::require_plain_body;
use super::json;
use crate::http::problem::{Code, Problem};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Checks that the body of a request is a form, as far as its header says.
///
/// # Errors
/// 415 for another media type, or a body that is compressed.
pub fn require_form(request: &HttpRequest) -> Result<(), Problem> {
    require_plain_body(request.headers())?;
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(MEDIA_TYPE)) {
        let expected = format!("The body must be {MEDIA_TYPE}.");
        return Err(Problem::new(Code::UnsupportedMediaType).detail(expected));
    }
    Ok(())
}

/// The body of a form as it is.
///
/// # Errors
/// Those of [`require_form`], and of a body that is too long or does not arrive.
pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    require_form(request)?;
    json::read(request, payload.into_inner()).await
}
