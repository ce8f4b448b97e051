//! The language of a page: the one that its address asks for, or else the one that the browser prefers.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_LANGUAGE;

use crate::text::{Language, Texts};

const PARAMETER: &str = "lang";

/// A language, and whether the address asks for it: links and forms of the page then keep it.
pub(super) struct Choice<'a> {
    pub language: &'a Language,
    pub is_asked_for: bool,
}

impl<'a> Choice<'a> {
    pub fn of(request: &HttpRequest, texts: &'a Texts) -> Self {
        if let Some(language) = parameter(request, PARAMETER).and_then(|tag| texts.language(&tag)) {
            return Self { language, is_asked_for: true };
        }
        let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self { language: texts.negotiate(header.unwrap_or_default()), is_asked_for: false }
    }
}

/// The first value of a query parameter. A page ignores what it does not know, because mail programs and counters add to
/// the addresses of links.
pub(super) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}
