//! `/api/v1/admin/users/{id}/sessions`, `/api/v1/admin/sessions/revoke-all`

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::logout_all::RevokedCount;
use crate::http::extract::path_id::path_id;
use crate::http::extract::permission::{EndSessions, Manage, Permitted, Read};
use crate::http::me::sessions::{SessionItem, item};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::AppState;
use crate::http::text::Page;

/// An account's live sessions, the most recently active first
#[utoipa::path(
    tag = "admin",
    operation_id = "list_sessions_of",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 200, description = "All live sessions.", body = Page<SessionItem>),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/admin/users/{id}/sessions")]
pub async fn list(
    state: Data<AppState>,
    caller: Permitted<Read>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    let found = state.run(async move { administration.sessions_of(target).await }).await?;
    let items = found.into_iter().map(|session| item(session, caller.session_id)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// End all sessions of an account
///
/// Logins that are under way end as well. Support may do this to people who are neither support nor
/// administrators.
#[utoipa::path(
    tag = "admin",
    operation_id = "end_sessions_of",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 200, description = "They have ended.", body = RevokedCount),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[delete("/api/v1/admin/users/{id}/sessions")]
pub async fn end_all(
    state: Data<AppState>,
    caller: Permitted<EndSessions>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (administration, target) = (Arc::clone(&state.administration), path_id(&id)?);
    let revoked = state.run(async move { administration.end_sessions(&caller.agent, target).await }).await?;
    Ok(HttpResponse::Ok().json(RevokedCount { revoked }))
}

/// End one session of an account
///
/// One that has ended before is fine.
#[utoipa::path(
    tag = "admin",
    operation_id = "end_session_of",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "User id"),
        ("sid" = Uuid, Path, description = "Session id"),
    ),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 400, description = "`invalid_request`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no such account, or no such session of it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[delete("/api/v1/admin/users/{id}/sessions/{sid}")]
pub async fn end_one(
    state: Data<AppState>,
    caller: Permitted<EndSessions>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (target, family) = (path_id(&path.0)?, path_id(&path.1)?);
    let administration = Arc::clone(&state.administration);
    state.run(async move { administration.end_session(&caller.agent, target, family).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What was revoked
#[derive(Debug, Serialize, ToSchema)]
pub struct AllRevoked {
    /// Sessions created before this moment are revoked; later ones are not.
    #[schema(format = DateTime, example = "2026-11-26T12:00:01Z")]
    created_before: String,
}

/// Revoke all sessions of all users
///
/// For the day after an incident. No token of an earlier session is accepted any longer, the caller's included, and
/// logins that wait for their second factor are void. Other nodes know within a second. Administrators only, with a
/// recent proof.
#[utoipa::path(
    tag = "admin",
    operation_id = "revoke_all_sessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All earlier sessions are revoked.", body = AllRevoked),
        (status = 401, description = "`token_missing`, `token_invalid`, `token_expired`, `session_revoked`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`, `step_up_required`, `password_change_required`, `mfa_enrollment_required`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/admin/sessions/revoke-all")]
pub async fn revoke_all(state: Data<AppState>, caller: Permitted<Manage>) -> Result<HttpResponse, Problem> {
    let administration = Arc::clone(&state.administration);
    let cutoff = state.run(async move { administration.revoke_all_sessions(&caller.agent).await }).await?;
    Ok(HttpResponse::Ok().json(AllRevoked { created_before: cutoff.moment().rfc3339() }))
}
