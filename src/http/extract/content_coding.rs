//! Codings of bodies, of which none is accepted: a small compressed body could be a large one.

use actix_web::http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use crate::http::problem::{Code, Problem};

/// # Errors
/// 415 for a body in another coding than `identity` (RFC 9110 §8.4).
pub fn require_plain_body(headers: &HeaderMap) -> Result<(), Problem> {
    let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).all(is_plain) {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType).detail("The body must not be compressed."))
}
