//! `POST /api/v1/auth/refresh`

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::browser::cookies::Kind;
#[cfg(debug_assertions)]
use crate::http::browser::fail_point;
use crate::http::dto::tokens::{self, TokenResponse};
use crate::http::dto::words::AttemptKeyText;
use crate::http::extract::cookie_session::{CookieTransport, has_cookie};
use crate::http::extract::json::OptionalJson;
use crate::http::extract::presented::{Delivery, PresentedToken, given, missing};
use crate::http::extract::presenter::Presenter;
use crate::http::problem::{Code, Problem, Validated};
use crate::http::state::AppState;
use crate::model::cookie_generation::Cohort;
use crate::session::message::RefreshError;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// Absent if the token is in a cookie.
    #[schema(example = "kr1_…", nullable = false)]
    #[serde(default, deserialize_with = "given")]
    refresh_token: Option<String>,
}

/// Exchange a refresh token for its successor
///
/// Each refresh token can be used once. A client that did not receive the response sends the same token again with the
/// same `Idempotency-Key` and gets the same successor, as long as the successor is unused. A spent token that is sent
/// without that key counts as one of several simultaneous requests for ten seconds (409). After that, its reuse revokes
/// the session, because someone else may have the token (RFC 9700 §4.14.2).
#[utoipa::path(
    tag = "auth",
    operation_id = "refreshTokens",
    request_body(content = Option<RefreshBody>),
    params(("Idempotency-Key" = inline(Option<AttemptKeyText>), Header,
        description = "16 to 128 visible ASCII characters: chosen at random for each token that is spent, kept as secret as the token, and repeated with each retry. A key that is derived from the token begins with `d.` and is accepted for one minute")),
    responses(
        (status = 200, description = "The next tokens.", body = TokenResponse),
        Validated,
        (status = 401, description = "`token_missing`, `refresh_token_invalid`, `refresh_token_reused`, `session_revoked`, `session_expired`"),
        (status = 403, description = "`csrf_failed`, `origin_not_allowed`: with cookies"),
        (status = 409, description = "`refresh_in_flight`: use the tokens that the other request returns"),
        (status = 429, description = "`rate_limited`: too many requests are waiting for this session, or too many retries of one refresh"),
        (status = 503, description = "`overloaded`, `unavailable`: retry with the same Idempotency-Key"),
    ),
)]
#[post("/api/v1/auth/refresh")]
pub async fn refresh(
    request: HttpRequest,
    state: Data<AppState>,
    presenter: Presenter,
    body: OptionalJson<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let given = body.0.as_ref().is_some_and(|body| body.refresh_token.is_some());
    let cohort = if given { Cohort::NoCookies } else { state.browsers.cookies.cohort(request.headers()) };
    request.extensions_mut().insert(cohort);
    let PresentedToken { token, delivery } = presented(&request, &state, body.0).inspect_err(|problem| {
        if problem.code == Code::RefreshTokenInvalid {
            count(&state, RefreshError::Invalid, cohort);
        }
    })?;
    #[cfg(debug_assertions)]
    fail_point::reach_refresh(cohort)
        .await
        .inspect_err(|_| count(&state, RefreshError::Unavailable, cohort))?;
    let generation = token.generation();
    match state.sessions.refresh(presenter.present(token, delivery.transport()), cohort).await {
        Ok(tokens) => Ok(tokens::respond(&request, &tokens, generation, &delivery)),
        Err(error) => refused(&request, Problem::from(error).presenting(generation), &delivery),
    }
}

/// Counts a request that has not reached the sessions.
fn count(state: &AppState, error: RefreshError, cohort: Cohort) {
    state.metrics.refreshes.with_label_values(&[error.outcome().as_str(), cohort.as_str()]).inc();
}

fn presented(
    request: &HttpRequest,
    state: &AppState,
    body: Option<RefreshBody>,
) -> Result<PresentedToken, Problem> {
    let has_body = body.is_some();
    match body.and_then(|body| body.refresh_token) {
        Some(text) => PresentedToken::of_body(request, text),
        None if has_cookie(request, state, Kind::Refresh) => {
            PresentedToken::of_cookie(request, CookieTransport::admit(request)?)
        }
        None if has_body => Err(missing()),
        None => Err(Problem::new(Code::TokenMissing).detail("A refresh token is required.")),
    }
}

/// The cookies of a session are deleted when it has ended for good, and only then: a late answer must not delete those of
/// a newer login.
fn refused(request: &HttpRequest, problem: Problem, delivery: &Delivery) -> Result<HttpResponse, Problem> {
    match delivery {
        Delivery::Cookies(transport) if problem.code.status() == StatusCode::UNAUTHORIZED => {
            let mut response = HttpResponse::from_error(problem);
            transport.clear_session(request, &mut response);
            Ok(response)
        }
        _ => Err(problem),
    }
}
