//! `GET /api/v1/me/security-events`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::dto::page::Page;
use crate::http::dto::words::{PageCursor, PageLimit};
use crate::http::extract::caller::Caller;
use crate::http::extract::policy::Unlimited;
use crate::http::extract::query::Query;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::model::mask;
use crate::store::security_event::query::{EventFilter, EventRecord};

/// A security event as the owner of the account sees it.
#[derive(Serialize, ToSchema)]
pub struct OwnEventItem {
    pub id: Uuid,
    /// For example `login.succeeded`.
    #[schema(example = "login.succeeded")]
    pub kind: String,
    /// `you`, `administrator`, or absent if no one was authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "you")]
    pub by: Option<&'static str>,
    /// The session that the event concerns or in which it happened.
    pub session_id: Option<Uuid>,
    /// For the owner's own actions the address; for those of unauthenticated clients, such as failed logins, only the
    /// network; for those of administrators nothing.
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
    #[schema(example = "Mozilla/5.0")]
    pub user_agent: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl OwnEventItem {
    fn of(event: EventRecord, user: Uuid) -> Self {
        let is_other = event.actor_id.is_some_and(|actor| actor != user);
        let by = event.actor_id.map(|_| if is_other { "administrator" } else { "you" });
        let address = match event.actor_id {
            Some(_) => event.address.filter(|_| !is_other),
            None => event.address.and_then(|address| address.parse().ok()).map(mask::network),
        };
        Self {
            id: event.id,
            kind: event.kind.as_str().to_owned(),
            by,
            session_id: event.session_id,
            address,
            user_agent: event.user_agent.filter(|_| !is_other),
            created_at: event.at.rfc3339(),
        }
    }
}

/// List the security events of the caller's account
///
/// Logins, failed logins, changes and revoked sessions, the newest first.
#[utoipa::path(
    tag = "me",
    operation_id = "listOwnSecurityEvents",
    security(("bearer" = [])),
    params(
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50"),
        ("cursor" = inline(Option<PageCursor>), Query, description = "The `next_cursor` of the previous page"),
    ),
    responses(
        (status = 200, description = "A page of security events.", body = Page<OwnEventItem>),
        Caller<Unlimited>,
        (status = 422, description = "`validation_failed`: a parameter is unknown, occurs twice, or is invalid"),
    ),
)]
#[get("/api/v1/me/security-events")]
pub async fn security_events(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Caller<Unlimited>,
) -> Result<HttpResponse, Problem> {
    let window = Query::of(&request, &["limit", "cursor"])?.window()?;
    let user = caller.user_id;
    let filter = EventFilter { user: Some(user), ..EventFilter::default() };
    let listed = state.run(|app| async move { app.store.events(filter, window).await }).await?;
    Ok(HttpResponse::Ok().json(Page::of(listed, |event| OwnEventItem::of(event, user))))
}
