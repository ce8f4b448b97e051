//! `POST /api/v1/auth/logout`

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::json::OptionalJson;
use crate::http::extract::policy::AnySession;
use crate::http::problem::{Code, Problem, RateLimited, Validated};
use crate::http::state::AppState;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::session::message::Revoke;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoutBody {
    /// Identifies the session if the access token has expired.
    refresh_token: Option<String>,
}

/// Log out
///
/// Revokes the session of the access token, or of the refresh token in the body. The operation is idempotent.
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
    state: Data<AppState>,
    client: Client,
    caller: Result<Caller<AnySession>, Problem>,
    body: OptionalJson<LogoutBody>,
) -> Result<HttpResponse, Problem> {
    let refresh_token = body.0.unwrap_or_default().refresh_token;
    let token = refresh_token.map(|text| RefreshToken::parse(&text)).transpose();
    let token = token.map_err(|_| Problem::new(Code::RefreshTokenInvalid))?;
    let Some(family) = family_to_end(caller.as_ref(), token.as_ref())? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let request = Revoke {
        principal_id: caller.ok().map(|caller| caller.user_id),
        token,
        reason: RevokeReason::Logout,
        context: client.context,
    };
    state.sessions.revoke(family, request).await?;
    Ok(HttpResponse::NoContent().finish())
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
