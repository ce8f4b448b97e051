//! `POST /api/v1/auth/logout`

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::browser::cookies::Kind;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::cookie_session::{
    CookieTransport, has_bearer_token, has_cookie, refresh_token, session_of_cookie,
};
use crate::http::extract::json::OptionalJson;
use crate::http::extract::policy::AnySession;
use crate::http::problem::{Code, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::RequestContext;
use crate::session::message::{RefreshError, Revoke};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoutBody {
    /// Identifies the session if the access token has expired.
    refresh_token: Option<String>,
}

/// Log out
///
/// Revokes the session of the access token, or of the refresh token in the body. The operation is idempotent. With
/// cookies, they are deleted, also if their session has ended before.
#[utoipa::path(
    tag = "auth",
    operation_id = "logout",
    security(("bearer" = []), ()),
    request_body(content = Option<LogoutBody>),
    responses(
        (status = 204, description = "The session is revoked."),
        Validated,
        RateLimited,
        (status = 400, description = "`invalid_request`: the two tokens belong to different sessions"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `refresh_token_invalid`"),
        (status = 503, description = "`overloaded`, `unavailable`: the session may still be live; try again"),
    ),
)]
#[post("/api/v1/auth/logout")]
pub async fn logout(
    request: HttpRequest,
    state: Data<AppState>,
    client: Client,
    caller: Result<Caller<AnySession>, Problem>,
    body: OptionalJson<LogoutBody>,
) -> Result<HttpResponse, Problem> {
    let refresh_token = body.0.unwrap_or_default().refresh_token;
    let is_with_cookies = [Kind::Access, Kind::Refresh].map(|kind| has_cookie(&request, &state, kind));
    if refresh_token.is_none() && !has_bearer_token(&request) && is_with_cookies.contains(&true) {
        return log_out_browser(&request, &state, client.context).await;
    }
    let token = refresh_token.map(|text| RefreshToken::parse(&text)).transpose();
    let token = token.map_err(|_| Problem::new(Code::RefreshTokenInvalid))?;
    let Some(family) = family_to_end(caller.as_ref(), token.as_ref())? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let revoke = Revoke {
        principal_id: caller.ok().map(|caller| caller.user_id),
        token,
        reason: RevokeReason::Logout,
        context: client.context,
    };
    state.sessions.revoke(family, revoke).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the session of the request's cookies and deletes them, also if it has ended before or they belong to none.
async fn log_out_browser(
    request: &HttpRequest,
    state: &AppState,
    context: RequestContext,
) -> Result<HttpResponse, Problem> {
    let transport = CookieTransport::admit(request)?;
    let token = refresh_token(request, state).ok().flatten();
    let caller = session_of_cookie(request, state).ok();
    let family = caller.as_ref().map(|caller| caller.session_id);
    let token = token.filter(|token| family.is_none_or(|family| family == token.family_id()));
    if let Some(family) = family.or(token.as_ref().map(RefreshToken::family_id)) {
        let principal_id = caller.map(|caller| caller.user_id);
        let revoke = Revoke { principal_id, token, reason: RevokeReason::Logout, context };
        match state.sessions.revoke(family, revoke).await {
            // The cookie's token names a session that is not there, or not its own.
            Ok(_) | Err(RefreshError::Invalid | RefreshError::Revoked(_) | RefreshError::Expired) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut response = HttpResponse::NoContent().finish();
    transport.clear_session(request, &mut response);
    // Cookies are not named, because other services of the domain have theirs.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// `None` if the session was revoked before, so that there is nothing left to do.
fn family_to_end(
    caller: Result<&Caller<AnySession>, &Problem>,
    token: Option<&RefreshToken>,
) -> Result<Option<Uuid>, Problem> {
    match (caller, token) {
        (Ok(caller), Some(token)) if caller.session_id != token.family_id() => {
            Err(Problem::new(Code::InvalidRequest).detail("The tokens belong to different sessions."))
        }
        (Ok(caller), _) => Ok(Some(caller.session_id)),
        (Err(_), Some(token)) => Ok(Some(token.family_id())),
        (Err(problem), None) if problem.code == Code::SessionRevoked => Ok(None),
        (Err(problem), None) => Err(problem.clone()),
    }
}
