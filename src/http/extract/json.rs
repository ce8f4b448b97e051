//! JSON bodies, which must have the right media type, at most 64 KiB, and only members that the operation knows, and must
//! arrive in time.

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::content_coding::require_plain_body;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;

/// The maximum size of a body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// A required body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body that may be absent.
#[derive(Debug)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_media_type(&request)?;
            let body = read(&request, payload).await?;
            parse(&body).map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload).await?;
            if body.is_empty() {
                return Ok(Self(None));
            }
            check_media_type(&request)?;
            parse(&body).map(|value| Self(Some(value)))
        })
    }
}

/// `application/json`, with no other charset than UTF-8 (RFC 8259 §8.1), which some clients call `utf8`.
fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    require_plain_body(request.headers())?;
    let refused = || Problem::new(Code::UnsupportedMediaType);
    let value =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.map(str::to_ascii_lowercase).all(|parameter| {
        let charset = parameter.strip_prefix("charset=").map(|charset| charset.trim_matches('"'));
        parameter.is_empty() || matches!(charset, Some("utf-8" | "utf8"))
    });
    if is_json && is_utf8 { Ok(()) } else { Err(refused()) }
}

/// The whole body, in time.
///
/// # Errors
/// 413, 408, or 400 for one that breaks off.
pub async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > MAX_BODY) {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    let timeout = request.app_data::<Data<AppState>>().map(|state| state.request_timeout).unwrap_or_default();
    let whole = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk =
                chunk.map_err(|_| Problem::new(Code::InvalidRequest).detail("The body is incomplete."))?;
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Problem::new(Code::PayloadTooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(timeout, whole).await.map_err(|_| Problem::new(Code::RequestTimeout))?
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Serde would also accept an array with the members in their order, but the API has objects only.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(match serde_json::from_slice::<IgnoredAny>(body) {
            Ok(_) => {
                Problem::field(Code::ValidationFailed, ".", "invalid", "The body must be a JSON object.")
            }
            Err(error) => not_json(&error),
        });
    }
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    // Read once more, and slower, to learn which member is wrong.
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| explain(body, &error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| explain(body, "", &error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let place = format!("The body is not valid JSON (line {line}, column {column}).");
    Problem::new(Code::InvalidRequest).detail(place)
}

/// The problem names the member and never its value, which may be a secret.
fn explain(body: &[u8], path: &str, error: &serde_json::Error) -> Problem {
    // For serde_json, a number in the place of an enum's name is a syntax error, although it is valid JSON.
    let is_json = || str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    if error.classify() != Category::Data && !is_json() {
        return not_json(error);
    }
    let message = error.to_string();
    let named = message.split('`').nth(1).unwrap_or_default();
    let (field, code, detail) = if message.starts_with("unknown field") {
        (named, "unknown", "This member is not known.".to_owned())
    } else if message.starts_with("missing field") {
        (named, "missing", "This member is required.".to_owned())
    } else if message.starts_with("duplicate field") {
        (named, "duplicate", "This member occurs twice.".to_owned())
    } else {
        (path, "invalid", expectation(&message))
    };
    Problem::field(Code::ValidationFailed, field, code, detail)
}

fn expectation(message: &str) -> String {
    // The last occurrence counts, because what precedes it may be the value.
    let expected = message.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    format!("This must be {expected}.")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it parses matters")]
    struct Body {
        email: String,
        #[serde(default)]
        count: Option<u32>,
    }

    fn refusal(body: &str) -> (Code, String, String) {
        let problem = parse::<Body>(body.as_bytes()).unwrap_err();
        let error = problem.errors.first();
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        (problem.code, text(error.map(|error| &error.field)), text(error.map(|error| &error.code)))
    }

    #[test]
    fn the_wrong_member_is_named() {
        let invalid = |field: &str, code: &str| (Code::ValidationFailed, field.to_owned(), code.to_owned());
        assert_eq!(refusal(r#"{"email":"a","x":1}"#), invalid("x", "unknown"));
        assert_eq!(refusal("{}"), invalid("email", "missing"));
        assert_eq!(refusal(r#"{"email":"a","email":"b"}"#), invalid("email", "duplicate"));
        assert_eq!(refusal(r#"{"email":1}"#), invalid("email", "invalid"));
        assert_eq!(refusal(r#"{"email":"a","count":-1}"#), invalid("count", "invalid"));
        for no_object in ["[]", r#"["a", 1]"#, "null", "1", r#""a""#] {
            assert_eq!(refusal(no_object), invalid(".", "invalid"), "{no_object}");
        }
    }

    #[test]
    fn a_wrong_type_in_place_of_a_word_is_no_syntax_error() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Word {
            One,
        }
        #[derive(Debug, Deserialize)]
        struct Words {
            word: Word,
        }
        for wrong in ["null", "1", "[]", r#""two""#] {
            let problem = parse::<Words>(format!("{{\"word\":{wrong}}}").as_bytes()).unwrap_err();
            assert_eq!(problem.code, Code::ValidationFailed, "{wrong}");
            assert_eq!(problem.errors[0].field, "word", "{wrong}");
        }
        assert!(matches!(parse(br#"{"word":"one"}"#), Ok(Words { word: Word::One })));
    }

    #[test]
    fn what_is_no_json_is_a_bad_request() {
        for text in ["", "{", "{\"email\":}", "{\"email\":\"a\"} x", &"[".repeat(100_000)] {
            let problem = parse::<Body>(text.as_bytes()).unwrap_err();
            assert_eq!(problem.code, Code::InvalidRequest, "{text:.20}");
        }
        assert_eq!(parse::<Body>(b"{\"email\":\"\xff\"}").unwrap_err().code, Code::InvalidRequest);
    }

    #[test]
    fn values_are_never_repeated() {
        for body in [
            r#"{"email":"a","count":"hunter2"}"#,
            r#"{"email":"a","count":"expected hunter2"}"#,
            r#""expected hunter2""#,
        ] {
            let problem = parse::<Body>(body.as_bytes()).unwrap_err();
            assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        }
    }
}
