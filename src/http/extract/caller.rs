//! Who calls. A handler that takes a [`Caller`] cannot forget to check the access token.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::admission::Request;
use crate::http::middleware::observation::Subject;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::assurance::Aal;
use crate::model::factor::Factors;
use crate::session::verifier;

/// A live session, proven by its access token.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<verifier::Authenticated>);

/// Like [`Caller`], also one who must change the password first.
#[derive(Clone, Debug)]
pub struct AnyCaller(pub Arc<verifier::Authenticated>);

/// Like [`Caller`], also one who must enrol a second factor first.
#[derive(Clone, Debug)]
pub struct EnrollingCaller(pub Arc<verifier::Authenticated>);

/// Like [`Caller`], who has proven lately who they are, and with two factors where there are two: for what a
/// stolen session must not do (ASVS 5.0 §7.5.1).
#[derive(Clone, Debug)]
pub struct RecentCaller(pub Arc<verifier::Authenticated>);

/// Like [`RecentCaller`], also one who must enrol a second factor first.
#[derive(Clone, Debug)]
pub struct RecentEnrollingCaller(pub Arc<verifier::Authenticated>);

/// Like [`Caller`], where other proof is accepted as well.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Result<Arc<verifier::Authenticated>, Problem>);

/// Like [`Caller`], or no one. An access token that is there must be good.
#[derive(Clone, Debug)]
pub struct OptionalCaller(pub Option<Arc<verifier::Authenticated>>);

impl FromRequest for OptionalCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match authenticate(request) {
            Ok(caller) => Ok(Self(Some(caller))),
            Err(problem) if problem.code == Code::TokenMissing => Ok(Self(None)),
            Err(problem) => Err(problem),
        })
    }
}

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

impl FromRequest for EnrollingCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).and_then(with_own_password).map(Self))
    }
}

impl FromRequest for RecentCaller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = authenticate(request).and_then(unhindered);
        let request = request.clone();
        Box::pin(async move { prove_recent(&request, caller?).await.map(Self) })
    }
}

impl FromRequest for RecentEnrollingCaller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = authenticate(request).and_then(with_own_password);
        let request = request.clone();
        Box::pin(async move { prove_recent(&request, caller?).await.map(Self) })
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
fn authenticate(request: &HttpRequest) -> Result<Arc<verifier::Authenticated>, Problem> {
    let token = bearer_token(request)?;
    let caller = state(request)?.sessions.verify(token)?;
    Request::belongs_to(caller.user_id);
    request.extensions_mut().insert(Subject { user_id: caller.user_id, session_id: caller.session_id });
    Ok(caller)
}

/// Who must change the password can do nothing else (ASVS 5.0 §6.2.10), nor can who must enrol a second
/// factor.
fn unhindered(caller: Arc<verifier::Authenticated>) -> Result<Arc<verifier::Authenticated>, Problem> {
    let caller = with_own_password(caller)?;
    if caller.claims.mfa_enrollment_required {
        return Err(Problem::new(Code::MfaEnrollmentRequired));
    }
    Ok(caller)
}

fn with_own_password(caller: Arc<verifier::Authenticated>) -> Result<Arc<verifier::Authenticated>, Problem> {
    if caller.claims.password_must_change {
        return Err(Problem::new(Code::PasswordChangeRequired));
    }
    Ok(caller)
}

/// Refuses a session whose last proof lies too long ago, or is less than the account has. What the account has
/// is read at each request: a token knows only what it had been.
async fn prove_recent(
    request: &HttpRequest,
    caller: Arc<verifier::Authenticated>,
) -> Result<Arc<verifier::Authenticated>, Problem> {
    let state = state(request)?;
    let (store, user) = (Arc::clone(&state.store), caller.user_id);
    let factors = state.run(async move { store.factors(user).await }).await?;
    let proof = Proof { recent: true, two_factors: factors.is_enrolled() };
    proof.ask(state, &caller, factors)?;
    Ok(caller)
}

/// What a session must have proven.
#[derive(Clone, Copy, Debug)]
pub struct Proof {
    /// Within `sessions.step_up_max_age`.
    pub recent: bool,
    pub two_factors: bool,
}

impl Proof {
    /// # Errors
    /// 403 `step_up_required`, with the ways in which this account can prove more.
    pub fn ask(
        self,
        state: &AppState,
        caller: &verifier::Authenticated,
        factors: Factors,
    ) -> Result<(), Problem> {
        let max_age = i64::try_from(state.step_up_max_age.as_secs()).unwrap_or(i64::MAX);
        let age = state.clock.now().unix_seconds().saturating_sub(caller.claims.auth_time);
        let is_weak = self.two_factors && Aal::from_acr(&caller.claims.acr) < Aal::Two;
        if is_weak || (self.recent && age > max_age) {
            let wanted = if self.two_factors { Aal::Two } else { Aal::One };
            let methods = if self.two_factors { factors.methods() } else { vec!["password"] };
            return Err(Problem::step_up_required(wanted.acr(), max_age, &methods));
        }
        Ok(())
    }
}

fn state(request: &HttpRequest) -> Result<&Data<AppState>, Problem> {
    request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(Code::Internal))
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
