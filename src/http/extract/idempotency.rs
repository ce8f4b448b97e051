//! The `Idempotency-Key` header.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::http::problem::{Code, Problem};
use crate::model::idempotency::IdempotencyKeyHash;

/// The client's name for this attempt, hashed; `None` if it gave none.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyKey(pub Option<IdempotencyKeyHash>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut headers = request.headers().get_all("idempotency-key");
        let key = headers.next().map(|value| IdempotencyKeyHash::of(value.as_bytes())).transpose();
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
