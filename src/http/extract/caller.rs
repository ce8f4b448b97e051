//! The caller of an operation, admitted by the policy that the handler's signature names.
//!
//! A handler that takes a [`Caller`] cannot forget to check the access token, nor the CSRF token of a request with
//! cookies, nor what its policy asks for beyond
//! that. Whatever every signed-in request must pass belongs here.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::client::Client;
use super::cookie_session::check_caller;
use super::policy::Policy;
use crate::http::problem::{Code, Problem, described};
use crate::model::principal::Principal;
use crate::session::verifier::Authenticated;

/// What the policy `P` found out about the caller.
#[derive(Debug)]
pub struct Caller<P: Policy>(pub P::Grant);

impl<P: Policy> Deref for Caller<P> {
    type Target = P::Grant;

    fn deref(&self) -> &P::Grant {
        &self.0
    }
}

impl<P: Policy<Grant = Arc<Authenticated>>> Caller<P> {
    /// The caller as who acts.
    pub fn principal(&self, client: Client) -> Principal {
        Principal { acting_session: self.acting_session(), context: client.context }
    }
}

impl<P: Policy> FromRequest for Caller<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if P::CSRF {
                check_caller(&request)?;
            }
            P::admit(&request).await.map(Self)
        })
    }
}

/// The problems of authentication (401) and of the policy (403).
impl<P: Policy> IntoResponses for Caller<P> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const AUTHENTICATION: [Code; 6] = [
            Code::InvalidRequest,
            Code::TokenMissing,
            Code::TokenInvalid,
            Code::TokenExpired,
            Code::SessionRevoked,
            Code::Unavailable,
        ];
        described(AUTHENTICATION.into_iter().chain(P::REFUSALS.iter().copied()))
    }
}
