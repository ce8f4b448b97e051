//! What an operation asks of its caller, as types without values.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::HttpRequest;

use super::bearer::{authenticate, authenticate_for_gateway};
use super::step_up::Requirement;
use crate::http::problem::{Code, Problem};
use crate::http::state::app_state;
use crate::session::verifier::Authenticated;

/// A rule of admission.
pub trait Policy: 'static {
    /// What the handler learns about the caller.
    type Grant;

    /// The problems with status 403 by which the policy refuses a caller whose access token is valid.
    const REFUSALS: &'static [Code];

    /// Whether a request with cookies must come from a known origin and with a CSRF token, if it has effects.
    const CSRF: bool = true;

    /// # Errors
    /// One of [`Self::REFUSALS`], or the problem of an access token that is missing or not valid.
    fn admit(request: &HttpRequest) -> impl Future<Output = Result<Self::Grant, Problem>>;
}

/// Any live session, also one that must first change the password or enroll a second factor.
#[derive(Debug)]
pub enum AnySession {}

/// A live session that need not change the password first; it may still have to enroll a second factor.
#[derive(Debug)]
pub enum MayEnroll {}

/// A live session without limits: nothing has to be changed or enrolled first.
#[derive(Debug)]
pub enum Unlimited {}

/// As [`Unlimited`], for gateways that check a token with the method of the request that they hold back. The check has
/// no effects, so it needs no CSRF token.
#[derive(Debug)]
pub enum GatewayCheck {}

/// A session that `P` admits and that has authenticated recently, with two factors if the account has two. It guards
/// what a stolen session must not be able to do (ASVS 5.0 §7.5.1).
#[derive(Debug)]
pub struct RecentAuthentication<P = Unlimited>(PhantomData<P>);

/// A live session, or a request without an access token. An access token that is sent must be valid.
#[derive(Debug)]
pub enum OptionalSession {}

impl Policy for AnySession {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] = &[];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        authenticate(request)
    }
}

impl Policy for MayEnroll {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] = &[Code::PasswordChangeRequired];

    /// A session whose password must be changed can do nothing else (ASVS 5.0 §6.2.10).
    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        without_password_change(authenticate(request)?)
    }
}

impl Policy for Unlimited {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] = &[Code::PasswordChangeRequired, Code::MfaEnrollmentRequired];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        without_limits(authenticate(request)?)
    }
}

impl Policy for GatewayCheck {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] = Unlimited::REFUSALS;
    const CSRF: bool = false;

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        without_limits(authenticate_for_gateway(request)?)
    }
}

impl Policy for RecentAuthentication<Unlimited> {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] =
        &[Code::StepUpRequired, Code::PasswordChangeRequired, Code::MfaEnrollmentRequired];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        let session = Unlimited::admit(request).await?;
        require_recent_authentication(request, session).await
    }
}

impl Policy for RecentAuthentication<MayEnroll> {
    type Grant = Arc<Authenticated>;
    const REFUSALS: &'static [Code] = &[Code::StepUpRequired, Code::PasswordChangeRequired];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        let session = MayEnroll::admit(request).await?;
        require_recent_authentication(request, session).await
    }
}

impl Policy for OptionalSession {
    type Grant = Option<Arc<Authenticated>>;
    const REFUSALS: &'static [Code] = &[];

    async fn admit(request: &HttpRequest) -> Result<Self::Grant, Problem> {
        match authenticate(request) {
            Ok(session) => Ok(Some(session)),
            Err(problem) if problem.code == Code::TokenMissing => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

fn without_password_change(session: Arc<Authenticated>) -> Result<Arc<Authenticated>, Problem> {
    if session.claims.password_must_change {
        return Err(Problem::new(Code::PasswordChangeRequired));
    }
    Ok(session)
}

fn without_limits(session: Arc<Authenticated>) -> Result<Arc<Authenticated>, Problem> {
    let session = without_password_change(session)?;
    if session.claims.mfa_enrollment_required {
        return Err(Problem::new(Code::MfaEnrollmentRequired));
    }
    Ok(session)
}

/// The account's factors are read at each request, because an access token knows only those of its own time.
async fn require_recent_authentication(
    request: &HttpRequest,
    session: Arc<Authenticated>,
) -> Result<Arc<Authenticated>, Problem> {
    let (state, user) = (app_state(request)?, session.user_id);
    let factors = state.run(move |app| async move { app.store.factors(user).await }).await?;
    Requirement { recent: true, two_factors: factors.is_enrolled() }.check(state, &session, factors).await?;
    Ok(session)
}
