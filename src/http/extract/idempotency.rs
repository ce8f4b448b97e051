//! The `Idempotency-Key` header.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest};

use crate::http::problem::{Code, Problem};
use crate::model::idempotency::AttemptKey;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The key that the client gives to its attempt, if it gives one.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyKey(pub Option<AttemptKey>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut headers = request.headers().get_all(&HEADER);
        let key = headers.next().map(|value| AttemptKey::of(value.as_bytes())).transpose();
        ready(match key {
            Ok(_) if headers.next().is_some() => {
                Err(Problem::new(Code::InvalidRequest)
                    .detail("There is more than one Idempotency-Key header."))
            }
            Ok(key) => Ok(Self(key)),
            Err(error) => Err(Problem::new(Code::InvalidRequest).detail(format!("{error}."))),
        })
    }
}
