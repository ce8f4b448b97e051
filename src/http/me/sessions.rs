//! `/api/v1/me/sessions`, `/api/v1/me/ended-sessions`: the sessions of the caller.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get};
use uuid::Uuid;

use crate::http::dto::page::Page;
use crate::http::dto::session::{EndedSessionItem, RevokedCount, SessionItem};
use crate::http::dto::words::{PageCursor, PageLimit};
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::policy::Unlimited;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, NotFound, Overloadable, Problem, RateLimited};
use crate::http::state::AppState;
use crate::store::session::family_write::Authority;

/// List the caller's live sessions
#[utoipa::path(
    tag = "me",
    operation_id = "listSessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All live sessions, the most recently active first.", body = Page<SessionItem>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/sessions")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let user = caller.user_id;
    let found = state.run(|app| async move { app.sessions.list(user).await }).await?;
    let items = found.into_iter().map(|session| SessionItem::of(session, caller.session_id)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// List the caller's sessions that have ended
///
/// Those of the last 90 days, as far as `retention.ended_sessions` keeps them, with the reason of their end.
#[utoipa::path(
    tag = "me",
    operation_id = "listEndedSessions",
    security(("bearer" = [])),
    params(
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50"),
        ("cursor" = inline(Option<PageCursor>), Query, description = "The `next_cursor` of the previous page"),
    ),
    responses(
        (status = 200, description = "A page of sessions, those that began last first.", body = Page<EndedSessionItem>),
        Caller<Unlimited>,
        Filtered,
    ),
)]
#[get("/api/v1/me/ended-sessions")]
pub async fn list_ended(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Caller<Unlimited>,
) -> Result<HttpResponse, Problem> {
    let window = Query::of(&request, &["limit", "cursor"])?.window()?;
    let user = caller.user_id;
    let listed = state.run(|app| async move { app.sessions.list_ended(user, window).await }).await?;
    Ok(HttpResponse::Ok().json(Page::of(listed, EndedSessionItem::from)))
}

/// Revoke one of the caller's sessions
///
/// The operation is idempotent. A session of another user is not found.
#[utoipa::path(
    tag = "me",
    operation_id = "revokeSession",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the session")),
    responses(
        (status = 204, description = "The session is revoked."),
        Caller<Unlimited>,
        NotFound,
        RateLimited,
        Overloadable,
    ),
)]
#[delete("/api/v1/me/sessions/{id}")]
pub async fn end_one(
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::new(Code::NotFound).detail("You have no such session.");
    let family = Uuid::try_parse(&id).map_err(|_| not_found())?;
    let authority = Authority::Owner(caller.acting_session());
    let revoked = state
        .run(|app| async move { app.sessions.revoke_for(authority, family, client.context).await })
        .await?;
    revoked.map(|_| HttpResponse::NoContent().finish()).ok_or_else(not_found)
}

/// Revoke all of the caller's sessions except this one
#[utoipa::path(
    tag = "me",
    operation_id = "revokeOtherSessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The other sessions are revoked.", body = RevokedCount),
        Caller<Unlimited>,
    ),
)]
#[delete("/api/v1/me/sessions")]
pub async fn end_others(
    state: Data<AppState>,
    client: Client,
    caller: Caller<Unlimited>,
) -> Result<HttpResponse, Problem> {
    let acting_session = caller.acting_session();
    let revoked = state
        .run(|app| async move { app.sessions.revoke_others(acting_session, client.context).await })
        .await?;
    Ok(HttpResponse::Ok().json(RevokedCount { revoked }))
}
