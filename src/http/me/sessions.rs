//! `/api/v1/me/sessions`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::auth::logout_all::RevokedCount;
use crate::http::extract::caller::Caller;
use crate::http::extract::client::Client;
use crate::http::extract::policy::Unlimited;
use crate::http::problem::{Code, NotFound, Overloadable, Problem, RateLimited};
use crate::http::state::AppState;
use crate::http::text::{self, Page};
use crate::store::session::family::SessionOverview;

/// A live session as its user sees it.
#[derive(Serialize, ToSchema)]
pub struct SessionItem {
    pub id: Uuid,
    /// The session that asks.
    pub current: bool,
    pub device_name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    /// `desktop`, `mobile` or `unknown`.
    pub device_type: String,
    /// The last address, masked to /24 (IPv4) or /48 (IPv6).
    pub ip: Option<String>,
    /// Where that address is, if anybody knows: such as `Berlin, DE`.
    pub location: Option<String>,
    pub created_at: String,
    pub last_active_at: String,
    pub expires_at: String,
    pub aal: u8,
    pub amr: Vec<&'static str>,
}

/// The caller's live sessions, the most recently active first
#[utoipa::path(
    tag = "me",
    operation_id = "listSessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All live sessions.", body = Page<SessionItem>),
        Caller<Unlimited>,
    ),
)]
#[get("/api/v1/me/sessions")]
pub async fn list(state: Data<AppState>, caller: Caller<Unlimited>) -> Result<HttpResponse, Problem> {
    let user = caller.user_id;
    let found = state.run(|app| async move { app.sessions.list(user).await }).await?;
    let items = found.into_iter().map(|session| item(session, caller.session_id)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// End one of the caller's sessions
///
/// Another user's session is not found; one that has ended before is fine.
#[utoipa::path(
    tag = "me",
    operation_id = "revokeSession",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Session id")),
    responses(
        (status = 204, description = "The session has ended."),
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
    let acting_session = caller.acting_session();
    let ended = state
        .run(|app| async move { app.sessions.end_own(acting_session, family, client.context).await })
        .await?;
    ended.map(|_| HttpResponse::NoContent().finish()).ok_or_else(not_found)
}

/// End all of the caller's sessions but this one
#[utoipa::path(
    tag = "me",
    operation_id = "revokeOtherSessions",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The others have ended.", body = RevokedCount),
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
    let revoked =
        state.run(|app| async move { app.sessions.end_others(acting_session, client.context).await }).await?;
    Ok(HttpResponse::Ok().json(RevokedCount { revoked }))
}

/// A session as lists show it to the one whose session is `current`.
pub fn item(session: SessionOverview, current: Uuid) -> SessionItem {
    SessionItem {
        id: session.id,
        current: session.id == current,
        device_name: session.device_name,
        browser: session.browser,
        os: session.os,
        device_type: session.device_type,
        ip: session.network,
        location: session.location,
        created_at: text::time(session.created_at),
        last_active_at: text::time(session.last_active_at),
        expires_at: text::time(session.expires_at),
        aal: session.aal.number(),
        amr: session.amr.names(),
    }
}
