//! `/api/v1/admin/users/{id}/sessions`, `/api/v1/admin/sessions/revoke-all`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::dto::page::Page;
use crate::http::dto::session::{RevokedCount, SessionItem};
use crate::http::extract::administrator::{Administrator, EndSessions, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Overloadable, Problem, RateLimited};
use crate::http::state::AppState;

/// List the live sessions of an account
#[utoipa::path(
    tag = "admin",
    operation_id = "listUserSessions",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 200, description = "All live sessions, the most recently active first.", body = Page<SessionItem>),
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
    let items = found.into_iter().map(|session| SessionItem::of(session, caller.session_id)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Revoke all sessions of an account
///
/// Logins that are in progress end as well. Support may revoke the sessions of accounts that are neither support nor
/// administrator.
#[utoipa::path(
    tag = "admin",
    operation_id = "revokeUserSessions",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the user")),
    responses(
        (status = 200, description = "The sessions are revoked.", body = RevokedCount),
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

/// Revoke one session of an account
///
/// The operation is idempotent.
#[utoipa::path(
    tag = "admin",
    operation_id = "revokeUserSession",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The id of the user"),
        ("sid" = Uuid, Path, description = "The id of the session"),
    ),
    responses(
        (status = 204, description = "The session is revoked."),
        Caller<Administrator<EndSessions>>,
        RateLimited,
        Overloadable,
        (status = 404, description = "`not_found`: the account does not exist, or has no such session"),
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

/// The sessions that were revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllRevoked {
    /// Sessions that were created before this time are revoked; later ones are not.
    #[schema(format = DateTime, example = "2026-11-26T12:00:01Z")]
    created_before: String,
}

/// Revoke all sessions of all users
///
/// For use after a security incident. Tokens of earlier sessions, including the caller's, are no longer accepted, and
/// logins that wait for their second factor become void. Other nodes apply it within a second. Requires an administrator
/// with a recent authentication.
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
