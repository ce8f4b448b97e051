//! The forms of pages: `application/x-www-form-urlencoded`, which no operation of the API takes from applications.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use url::form_urlencoded;

use crate::http::extract::form::require_form;
use crate::http::extract::json;
use crate::http::problem::{Code, Problem};
use crate::secret::Secret;

/// The fields of a form, some of which are secrets.
pub(super) struct Form(Vec<(String, Secret<String>)>);

impl Form {
    /// The value of a field; empty if it is absent.
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.expose().as_str()).unwrap_or_default()
    }

    /// A value that is a secret.
    pub fn secret(&self, name: &str) -> Secret<String> {
        Secret::new(self.text(name).to_owned())
    }

    fn parse(body: &[u8]) -> Result<Self, Problem> {
        let invalid = || Problem::new(Code::InvalidRequest).detail("The form is not well-formed.");
        let is_utf8 = percent_encoding::percent_decode(body).decode_utf8().is_ok();
        if !is_utf8 {
            return Err(invalid());
        }
        let mut fields: Vec<(String, Secret<String>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.iter().any(|(own, _)| *own == name) {
                return Err(invalid());
            }
            fields.push((name.into_owned(), Secret::new(value.into_owned())));
        }
        Ok(Self(fields))
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            require_form(&request)?;
            Self::parse(&json::read(&request, payload).await?)
        })
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Form")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_once() {
        let form = Form::parse(b"a=1&b=%C3%A4+x").unwrap();
        assert_eq!((form.text("a"), form.text("b"), form.text("c")), ("1", "\u{e4} x", ""));
        assert!(!format!("{form:?}").contains('1'));
        for wrong in [&b"a=1&a=2"[..], b"a=%FF", b"a=\xff"] {
            assert_eq!(Form::parse(wrong).unwrap_err().code, Code::InvalidRequest);
        }
    }
}
