//! Who calls. A handler that takes a [`Caller`] cannot forget to check the access token.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::http::middleware::observation::Subject;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::session::verifier;

/// A live session, proven by its access token.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<verifier::Caller>);

/// Like [`Caller`], also one who must change the password first.
#[derive(Clone, Debug)]
pub struct AnyCaller(pub Arc<verifier::Caller>);

/// Like [`Caller`], who has proven lately who they are: for what a stolen session must not do
/// (ASVS 5.0 §7.5.1).
#[derive(Clone, Debug)]
pub struct RecentCaller(pub Arc<verifier::Caller>);

/// Like [`Caller`], where other proof is accepted as well.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Result<Arc<verifier::Caller>, Problem>);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).and_then(unhindered).map(Self))
    }
}

impl FromRequest for AnyCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map(Self))
    }
}

impl FromRequest for RecentCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = authenticate(request).and_then(unhindered);
        ready(caller.and_then(|caller| recent(request, caller)).map(Self))
    }
}

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(authenticate(request))))
    }
}

/// Whoever is authenticated is named in the request's log line, whatever comes of the request.
fn authenticate(request: &HttpRequest) -> Result<Arc<verifier::Caller>, Problem> {
    let token = bearer_token(request)?;
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    let caller = state.sessions.verify(token)?;
    request.extensions_mut().insert(Subject { user_id: caller.user_id, session_id: caller.session_id });
    Ok(caller)
}

/// Who must change the password can do nothing else (ASVS 5.0 §6.2.10).
fn unhindered(caller: Arc<verifier::Caller>) -> Result<Arc<verifier::Caller>, Problem> {
    if caller.claims.password_must_change {
        return Err(Problem::new(Code::PasswordChangeRequired));
    }
    Ok(caller)
}

/// Refuses a session whose last proof lies too long ago.
pub fn recent(
    request: &HttpRequest,
    caller: Arc<verifier::Caller>,
) -> Result<Arc<verifier::Caller>, Problem> {
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))?;
    let max_age = i64::try_from(state.step_up_max_age.as_secs()).unwrap_or(i64::MAX);
    let age = state.clock.now().unix_seconds().saturating_sub(caller.claims.auth_time);
    if age > max_age {
        return Err(Problem::step_up_required("aal1", max_age, &["password"]));
    }
    Ok(caller)
}

/// The token of the `Authorization` header (RFC 6750 §2.1); the scheme's case does not matter
/// (RFC 9110 §11.1). Tokens in the query or body are not looked for.
fn bearer_token(request: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let first = headers.next().ok_or_else(|| Problem::new(Code::TokenMissing))?;
    if headers.next().is_some() {
        return Err(Problem::new(Code::InvalidRequest).detail("There is more than one Authorization header."));
    }
    let (scheme, token) = first
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(|| Problem::new(Code::TokenInvalid))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::new(Code::TokenMissing));
    }
    Ok(token)
}
