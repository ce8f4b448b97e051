//! `/api/v1/admin/users/{id}/sessions`, `/api/v1/admin/sessions/revoke-all`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::logout_all::RevokedCount;
use crate::http::extract::administrator::{Administrator, EndSessions, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::path_id::path_id;
use crate::http::me::sessions::{SessionItem, item};
use crate::http::problem::{NotFound, Overloadable, Problem, RateLimited};
use crate::http::state::AppState;
use crate::http::text::Page;

/// An account's live sessions, the most recently active first
#[utoipa::path(
    tag = "admin",
    operation_id = "listUserSessions",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 200, description = "All live sessions.", body = Page<SessionItem>),
        Caller<Administrator<Read>>,
        NotFound,
    ),
)]
#[get("/api/v1/admin/users/{id}/sessions")]
pub async fn list(
    state: Data<AppState>,
    caller: Caller<Administrator<Read>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    let found = state.run(|app| async move { app.administration.sessions_of(target).await }).await?;
    let items = found.into_iter().map(|session| item(session, caller.session_id)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// End all sessions of an account
///
/// Logins that are under way end as well. Support may do this to people who are neither support nor
/// administrators.
#[utoipa::path(
    tag = "admin",
    operation_id = "revokeUserSessions",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "User id")),
    responses(
        (status = 200, description = "They have ended.", body = RevokedCount),
        Caller<Administrator<EndSessions>>,
        NotFound,
    ),
)]
#[delete("/api/v1/admin/users/{id}/sessions")]
pub async fn end_all(
    state: Data<AppState>,
    caller: Caller<Administrator<EndSessions>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let target = path_id(&id)?;
    let revoked = state
        .run(|app| async move { app.administration.revoke_sessions(&caller.principal, target).await })
        .await?;
    Ok(HttpResponse::Ok().json(RevokedCount { revoked }))
}

/// End one session of an account
///
/// One that has ended before is fine.
#[utoipa::path(
    tag = "admin",
    operation_id = "revokeUserSession",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "User id"),
        ("sid" = Uuid, Path, description = "Session id"),
    ),
    responses(
        (status = 204, description = "The session has ended."),
        Caller<Administrator<EndSessions>>,
        RateLimited,
        Overloadable,
        (status = 404, description = "`not_found`: no such account, or no such session of it"),
    ),
)]
#[delete("/api/v1/admin/users/{id}/sessions/{sid}")]
pub async fn end_one(
    state: Data<AppState>,
    caller: Caller<Administrator<EndSessions>>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (target, family) = (path_id(&path.0)?, path_id(&path.1)?);
    state
        .run(|app| async move { app.administration.revoke_session(&caller.principal, target, family).await })
        .await?;
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
    operation_id = "revokeAllSessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All earlier sessions are revoked.", body = AllRevoked),
        Caller<Administrator<Manage>>,
    ),
)]
#[post("/api/v1/admin/sessions/revoke-all")]
pub async fn revoke_all(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
) -> Result<HttpResponse, Problem> {
    let cutoff = state
        .run(|app| async move { app.administration.revoke_all_sessions(&caller.principal).await })
        .await?;
    Ok(HttpResponse::Ok().json(AllRevoked { created_before: cutoff.moment().rfc3339() }))
}
