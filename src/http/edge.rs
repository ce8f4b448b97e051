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
