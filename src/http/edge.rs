//! The edge at which errors become answers.
//!
//! An error type states its answer once, by [`EdgeError`], in the form of its protocol: problem details (RFC 9457) in
//! [`super::problem`]; an OAuth endpoint can bring its own form (RFC 6749 §5.2). actix-web asks for the response of an
//! error before the correlation id is at hand. It gets a placeholder that remembers the error, and the middleware
//! [`correlation`](super::middleware::correlation) has it replaced here.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse};

/// An error that a handler or an extractor returns.
pub trait EdgeError: Clone + 'static {
    fn status(&self) -> StatusCode;

    /// The answer that the client gets.
    fn answer(&self, correlation_id: &str) -> HttpResponse;
}

/// Kept in the extensions of a placeholder.
struct Pending(Box<dyn Fn(&str) -> HttpResponse>);

/// The placeholder: the body of `ResponseError::error_response` for each type of error.
pub fn placeholder<E: EdgeError>(error: &E) -> HttpResponse {
    let mut response = HttpResponse::new(error.status());
    let error = error.clone();
    response.extensions_mut().insert(Pending(Box::new(move |correlation_id| error.answer(correlation_id))));
    response
}

/// Replaces an error's placeholder by its answer, with the headers that inner layers have added. An error that actix-web
/// raised itself, for example for a path that is not UTF-8, is converted by `from_framework`.
pub fn finish<E: EdgeError>(
    mut response: ServiceResponse<BoxBody>,
    correlation_id: &str,
    from_framework: impl FnOnce(&Error) -> E,
) -> ServiceResponse<BoxBody> {
    let pending = response.response_mut().extensions_mut().remove::<Pending>();
    let Some(error) = response.response().error() else { return response };
    let answer = match pending {
        Some(Pending(answer)) => answer(correlation_id),
        None => from_framework(error).answer(correlation_id),
    };
    let added = response.headers().clone();
    let own = answer.headers().clone();
    let mut response = response.into_response(answer);
    // Of a name with several values, such as `Set-Cookie`, all are kept.
    for (name, value) in added {
        if !own.contains_key(&name) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::body::to_bytes;
    use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};
    use actix_web::test::TestRequest;
    use serde_json::{Value, json};

    use super::*;

    /// An error in the form of RFC 6749 §5.2.
    #[derive(Clone, Copy, Debug)]
    struct InvalidGrant;

    impl std::fmt::Display for InvalidGrant {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("invalid_grant")
        }
    }

    impl ResponseError for InvalidGrant {
        fn error_response(&self) -> HttpResponse {
            placeholder(self)
        }
    }

    impl EdgeError for InvalidGrant {
        fn status(&self) -> StatusCode {
            StatusCode::BAD_REQUEST
        }

        fn answer(&self, correlation_id: &str) -> HttpResponse {
            HttpResponse::build(self.status())
                .insert_header(("Cache-Control", "no-store"))
                .json(json!({"error": "invalid_grant", "trace": correlation_id}))
        }
    }

    fn response(answer: HttpResponse) -> ServiceResponse<BoxBody> {
        ServiceResponse::new(TestRequest::default().to_http_request(), answer)
    }

    async fn body(response: ServiceResponse<BoxBody>) -> Value {
        serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_error_brings_the_form_of_its_protocol() {
        let mut raised = response(HttpResponse::from_error(InvalidGrant));
        for (name, value) in [(SET_COOKIE, "a=1"), (SET_COOKIE, "b=2")] {
            raised.headers_mut().append(name, HeaderValue::from_static(value));
        }
        raised.headers_mut().insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("x"));
        let finished =
            finish(raised, "c-7", |error| -> InvalidGrant { panic!("not the framework's: {error}") });
        assert_eq!(finished.status(), StatusCode::BAD_REQUEST);
        assert_eq!(finished.headers().get_all(SET_COOKIE).count(), 2, "what inner layers have added is kept");
        assert_eq!(finished.headers().get("cache-control").unwrap(), "no-store", "its own headers win");
        assert_eq!(body(finished).await, json!({"error": "invalid_grant", "trace": "c-7"}));
    }

    #[tokio::test]
    async fn an_error_of_the_framework_is_converted() {
        let raised = response(HttpResponse::from_error(actix_web::error::ErrorNotFound("no path")));
        let finished = finish(raised, "c-7", |error| {
            assert_eq!(error.to_string(), "no path");
            InvalidGrant
        });
        assert_eq!(body(finished).await, json!({"error": "invalid_grant", "trace": "c-7"}));
    }

    #[tokio::test]
    async fn what_is_no_error_is_left_as_it_is() {
        let answered = response(HttpResponse::Ok().json(json!({"a": 1})));
        let finished = finish(answered, "c-7", |_| InvalidGrant);
        assert_eq!((finished.status(), body(finished).await), (StatusCode::OK, json!({"a": 1})));
    }
}
