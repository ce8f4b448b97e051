//! A body that is read only after its sender was admitted, so that validation errors are reported only to callers who may
//! use the operation.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::json::{Json, OptionalJson};
use crate::http::problem::Problem;

/// A caller, and the body that is read after the caller was admitted.
#[derive(Debug)]
pub struct Guarded<C, T> {
    pub caller: C,
    pub body: T,
}

/// As [`Guarded`], with a body that may be absent.
#[derive(Debug)]
pub struct GuardedOptional<C, T> {
    pub caller: C,
    /// That of the default, if there is none.
    pub body: T,
}

impl<C, T> FromRequest for Guarded<C, T>
where
    C: FromRequest<Error = Problem> + 'static,
    T: DeserializeOwned + 'static,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = C::from_request(request, payload);
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let caller = caller.await?;
            let Json(body) = Json::from_request(&request, &mut payload).await?;
            Ok(Self { caller, body })
        })
    }
}

impl<C, T> FromRequest for GuardedOptional<C, T>
where
    C: FromRequest<Error = Problem> + 'static,
    T: DeserializeOwned + Default + 'static,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = C::from_request(request, payload);
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let caller = caller.await?;
            let OptionalJson(body) = OptionalJson::from_request(&request, &mut payload).await?;
            Ok(Self { caller, body: body.unwrap_or_default() })
        })
    }
}
