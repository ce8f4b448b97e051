//! The session that the cookies of a request belong to, and the checks of a request that is made with them.

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use uuid::Uuid;

use crate::entropy::bytes;
use crate::http::browser::cookies::Kind;
#[cfg(debug_assertions)]
use crate::http::browser::fail_point::{self, Fault};
use crate::http::middleware::application::acts_for;
use crate::http::problem::{Code, Problem};
use crate::http::state::{AppState, app_state};
use crate::keys::root_keys::NotRead;
use crate::model::refresh_token::RefreshToken;
use crate::model::transport::Transport;
use crate::session::verifier::Authenticated;
use crate::telemetry::metrics::{CsrfOutcome, observe};

const CSRF_HEADER: &str = "x-csrf-token";
/// The length of a pre-session cookie: 16 random bytes in hexadecimal.
const PRE_SESSION_LEN: usize = 32;

/// A request in cookie transport whose origin and CSRF token have been checked. Nothing else permits a handler to set
/// cookies, or to use the refresh token of a cookie.
#[derive(Debug)]
pub struct CookieTransport(());

impl CookieTransport {
    /// Checks a request that is not admitted by its access token, such as a login or a refresh.
    ///
    /// # Errors
    /// 403 `origin_not_allowed` or `csrf_failed`
    pub fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        Self::admit_with(request, token_of_header(request))
    }

    /// Checks a form of a page, whose token is in one of its fields.
    ///
    /// # Errors
    /// 403 `origin_not_allowed` or `csrf_failed`
    pub fn admit_form(request: &HttpRequest, token: &str) -> Result<Self, Problem> {
        Self::admit_with(request, Some(token.as_bytes()))
    }

    fn admit_with(request: &HttpRequest, token: Option<&[u8]>) -> Result<Self, Problem> {
        if acts_for(request).is_some() {
            return Ok(Self(()));
        }
        let state = app_state(request)?;
        state.browsers.origins.check(request.headers())?;
        check_token(request, state, token, |holds| is_for_cookies(request, state, holds))?;
        Ok(Self(()))
    }

    /// For a caller that [`check_caller`] has let pass.
    pub const fn of_caller() -> Self {
        Self(())
    }
}

/// Whether the request names its access token itself, so that cookies do not count.
pub fn has_bearer_token(request: &HttpRequest) -> bool {
    request.headers().contains_key(AUTHORIZATION)
}

/// Whether the request has a cookie of this kind, whatever it contains.
pub fn has_cookie(request: &HttpRequest, state: &AppState, kind: Kind) -> bool {
    !state.browsers.cookies.values(request.headers(), kind).is_empty()
}

/// The live session of the access cookie.
///
/// # Errors
/// 401 without one, 400 if there are two.
pub fn session_of_cookie(request: &HttpRequest, state: &AppState) -> Result<Arc<Authenticated>, Problem> {
    access(request, state)?.ok_or_else(|| Problem::new(Code::TokenMissing))
}

fn access(request: &HttpRequest, state: &AppState) -> Result<Option<Arc<Authenticated>>, Problem> {
    let verify = |value: &str| {
        let session = state.sessions.verify(value)?;
        // Otherwise someone could log a browser in with a token of their own.
        let is_of_cookie = session.claims.transport() == Transport::Cookie;
        is_of_cookie.then_some(session).ok_or_else(|| Problem::new(Code::TokenInvalid))
    };
    state.browsers.cookies.verified(request.headers(), Kind::Access, verify)
}

/// The refresh token of the cookie.
///
/// # Errors
/// 401 if it is not one of this server, 400 if there are two, 503 if its key cannot be read.
pub fn refresh_token(request: &HttpRequest, state: &AppState) -> Result<Option<RefreshToken>, Problem> {
    let verify = |value: &str| {
        let invalid = || Problem::new(Code::RefreshTokenInvalid);
        let token = RefreshToken::parse(value).map_err(|_| invalid())?;
        match state.sessions.issuer.is_own(&token) {
            Ok(true) => Ok(token),
            Ok(false) => Err(invalid()),
            Err(NotRead) => Err(Problem::new(Code::Unavailable)),
        }
    };
    state.browsers.cookies.verified(request.headers(), Kind::Refresh, verify)
}

/// Refuses a request whose cookies belong to another session than the token that it names itself.
///
/// # Errors
/// 400 `invalid_request`
pub fn refuse_other_session(request: &HttpRequest, state: &AppState, own: Uuid) -> Result<(), Problem> {
    if sessions(request, state).into_iter().all(|session| session == own) {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidRequest).detail("The cookies belong to another session than the token."))
}

/// Checks a request with an access cookie before its policy is asked: first where it comes from, then whose it is, then
/// its CSRF token. Requests without effects, and those that name their access token themselves, need no token.
///
/// # Errors
/// 403 `origin_not_allowed` or `csrf_failed`, or why the access token is refused.
pub fn check_caller(request: &HttpRequest) -> Result<(), Problem> {
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let state = app_state(request)?;
    if is_safe
        || acts_for(request).is_some()
        || has_bearer_token(request)
        || !has_cookie(request, state, Kind::Access)
    {
        return Ok(());
    }
    state.browsers.origins.check(request.headers())?;
    let session = session_of_cookie(request, state)?;
    check_token(request, state, token_of_header(request), |holds| holds(&session.session_id.to_string()))
}

/// The session that a login with these cookies takes the place of.
pub fn replaced_session(request: &HttpRequest, state: &AppState) -> Option<Uuid> {
    sessions(request, state).last().copied()
}

/// The session or the pre-session cookie that the next CSRF token is for.
pub fn csrf_subject(request: &HttpRequest, state: &AppState) -> Option<String> {
    let session = sessions(request, state).first().map(Uuid::to_string);
    session.or_else(|| pre_sessions(request, state).next().map(str::to_owned))
}

/// The CSRF token for a session, or for the value of a pre-session cookie.
pub fn csrf_token(request: &HttpRequest, state: &AppState, subject: &str) -> String {
    state.browsers.csrf.issue(subject, user_agent(request))
}

/// The same for a form of a page.
pub fn form_token(request: &HttpRequest, state: &AppState, subject: &str) -> String {
    let mask = bytes(state.entropy.as_ref());
    state.browsers.csrf.issue_masked(subject, user_agent(request), mask)
}

/// The sessions that cookies of the request belong to: that of the access token first.
fn sessions(request: &HttpRequest, state: &AppState) -> Vec<Uuid> {
    let access = access(request, state).ok().flatten().map(|session| session.session_id);
    let refresh = refresh_token(request, state).ok().flatten().map(|token| token.family_id());
    let mut sessions: Vec<Uuid> = access.into_iter().chain(refresh).collect();
    sessions.dedup();
    sessions
}

fn pre_sessions<'a>(request: &'a HttpRequest, state: &AppState) -> impl Iterator<Item = &'a str> {
    let values = state.browsers.cookies.values(request.headers(), Kind::PreSession);
    values
        .into_iter()
        .filter(|value| value.len() == PRE_SESSION_LEN && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The token of the header, of which there must be one.
fn token_of_header(request: &HttpRequest) -> Option<&[u8]> {
    let mut headers = request.headers().get_all(CSRF_HEADER);
    match (headers.next(), headers.next()) {
        (Some(token), None) => Some(token.as_bytes()),
        _ => None,
    }
}

/// Whether a CSRF token holds for a session that the cookies belong to or, without one, for a pre-session cookie. The
/// access cookie is read last, because the signature of a token that was just issued costs as much as a refresh.
fn is_for_cookies(request: &HttpRequest, state: &AppState, holds: &dyn Fn(&str) -> bool) -> bool {
    let of_refresh = refresh_token(request, state).ok().flatten().map(|token| token.family_id());
    if of_refresh.is_some_and(|session| holds(&session.to_string())) {
        return true;
    }
    match access(request, state).ok().flatten() {
        Some(session) => holds(&session.session_id.to_string()),
        None => of_refresh.is_none() && pre_sessions(request, state).any(holds),
    }
}

/// `is_valid` is given what tells whether the token holds for a subject.
fn check_token(
    request: &HttpRequest,
    state: &AppState,
    token: Option<&[u8]>,
    is_valid: impl FnOnce(&dyn Fn(&str) -> bool) -> bool,
) -> Result<(), Problem> {
    let begun = Instant::now();
    let is_valid = token.is_some_and(|token| {
        is_valid(&|subject| state.browsers.csrf.accepts(token, subject, user_agent(request)))
    });
    let cohort = state.browsers.cookies.cohort(request.headers());
    #[cfg(debug_assertions)]
    let is_valid = is_valid && !fail_point::breaks(Fault::Csrf, cohort);
    let outcome = if is_valid { CsrfOutcome::Valid } else { CsrfOutcome::Invalid };
    state.metrics.csrf.with_label_values(&[outcome.as_str(), cohort.as_str()]).inc();
    observe(&state.metrics.csrf_duration, begun.elapsed());
    if is_valid { Ok(()) } else { Err(Problem::new(Code::CsrfFailed)) }
}

fn user_agent(request: &HttpRequest) -> &[u8] {
    request.headers().get(USER_AGENT).map_or(b"", |value| value.as_bytes())
}
