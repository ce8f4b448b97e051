//! Limits by network, as the types of a handler's arguments: [`Counted`] counts the request, and [`LimitedFailures`] says
//! that its failures are counted. Both have their limits told in the answer (`middleware::rate_limit_fields`).

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::client::address_of;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::throttle::Rule;
use crate::throttle::Networks;

/// The limits that hold for a request, in its extensions.
#[derive(Clone, Debug)]
pub struct Limits {
    pub rules: &'static [Rule],
    pub networks: Networks,
}

/// A kind of request that is counted by network.
pub trait CountedRequest {
    const RULES: &'static [Rule];
}

macro_rules! counted_requests {
    ($($(#[$doc:meta])* $name:ident: $rule:ident;)+) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl CountedRequest for $name {
            const RULES: &'static [Rule] = &[Rule::$rule];
        })+
    };
}

counted_requests! {
    /// Creates an account.
    Registering: Register;
    /// Asks for a link to reset the password.
    Forgotten: Forgot;
    /// Asks for another verification mail.
    Resending: Resend;
    /// Asks for a code by SMS.
    SmsSending: Sms;
}

/// The request is counted, and there was room for it.
#[derive(Debug)]
pub struct Counted<R>(PhantomData<R>);

impl<R: CountedRequest + 'static> FromRequest for Counted<R> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { count::<R>(&request).await.map(|()| Self(PhantomData)) })
    }
}

/// Counts the request where only its body tells that it is of this kind.
///
/// # Errors
/// 429 `rate_limited`; then it was not counted.
pub async fn count<R: CountedRequest>(request: &HttpRequest) -> Result<(), Problem> {
    let Some(networks) = limit(request, R::RULES)? else { return Ok(()) };
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    for rule in R::RULES {
        state.throttle.count(*rule, networks).await?;
    }
    Ok(())
}

/// Failures of the request are counted by the service that finds them.
#[derive(Debug)]
pub struct LimitedFailures;

impl FromRequest for LimitedFailures {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(limit(request, &[Rule::Login, Rule::LoginHard]).map(|_| Self))
    }
}

/// Notes the limits for the answer; gives the networks that they are counted in, if limits hold for them.
fn limit(request: &HttpRequest, rules: &'static [Rule]) -> Result<Option<Networks>, Problem> {
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    let networks = state.throttle.networks(address_of(request));
    if let Some(networks) = networks {
        request.extensions_mut().insert(Limits { rules, networks });
    }
    Ok(networks)
}
