//! `GET /api/v1/admin/events`: security events, page by page or all of them.

use actix_web::http::header::ACCEPT;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

use super::export::{self, NDJSON};
use crate::http::dto::page::Page;
use crate::http::dto::security_event::EventItem;
use crate::http::dto::words::{EventFormat, EventKindName, Moment, PageCursor, PageLimit};
use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, Problem};
use crate::http::state::AppState;
use crate::model::security_event::EventKind;
use crate::store::security_event::query::EventFilter;

const PARAMETERS: [&str; 8] = ["user", "actor", "kind", "from", "until", "limit", "cursor", "format"];

/// List security events
///
/// Returns a page, the newest event first. With `Accept: application/x-ndjson` or `format=ndjson` it returns all events
/// that match, the oldest first, as one JSON object per line; the export is recorded as a security event itself. If the
/// export fails, the connection is closed before the document is complete.
#[utoipa::path(
    tag = "admin",
    operation_id = "listSecurityEvents",
    security(("bearer" = [])),
    params(
        ("user" = Option<Uuid>, Query, description = "The user whom the event concerns"),
        ("actor" = Option<Uuid>, Query, description = "The user who acted"),
        ("kind" = inline(Option<EventKindName>), Query, description = "For example `login.failed`"),
        ("from" = inline(Option<Moment>), Query, description = "RFC 3339; events at this time and later"),
        ("until" = inline(Option<Moment>), Query, description = "RFC 3339; events before this time"),
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50; not with `ndjson`"),
        ("cursor" = inline(Option<PageCursor>), Query, description = "The `next_cursor` of the previous page; not with `ndjson`"),
        ("format" = inline(Option<EventFormat>), Query, description = "`json` or `ndjson`; takes precedence over `Accept`"),
    ),
    responses(
        (status = 200, description = "A page of security events, or all of them.", content(
            (Page<EventItem> = "application/json"),
            (EventItem = "application/x-ndjson"),
        )),
        Caller<Administrator<Read>>,
        Filtered,
    ),
)]
#[get("/api/v1/admin/events")]
pub async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &PARAMETERS)?;
    let filter = filter(&query)?;
    if wants_all(&request, &query)? {
        return export::respond(&state, caller.0.principal, filter).await;
    }
    let window = query.window()?;
    let events = state.run(|app| async move { app.store.events(filter, window).await }).await?;
    Ok(HttpResponse::Ok().json(Page::of(events, EventItem::from)))
}

fn filter(query: &Query) -> Result<EventFilter, Problem> {
    let kind = query.text("kind").map(|kind| {
        let unknown = || Problem::field(Code::ValidationFailed, "kind", "invalid", "This kind is not known.");
        EventKind::from_stored(kind).ok_or_else(unknown)
    });
    Ok(EventFilter {
        user: query.id("user")?,
        actor: query.id("actor")?,
        kind: kind.transpose()?,
        from: query.time("from")?,
        until: query.time("until")?,
    })
}

/// Whether the client requests all events. That excludes the parameters of a page.
fn wants_all(request: &HttpRequest, query: &Query) -> Result<bool, Problem> {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let all = match query.text("format") {
        Some("ndjson") => true,
        Some("json") => false,
        Some(_) => {
            let detail = "This must be one of: json, ndjson.";
            return Err(Problem::field(Code::ValidationFailed, "format", "invalid", detail));
        }
        None => accepts.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == NDJSON),
    };
    let paged = ["limit", "cursor"].into_iter().find(|name| query.text(name).is_some());
    match paged.filter(|_| all) {
        Some(name) => Err(Problem::field(Code::ValidationFailed, name, "invalid", "An export has no pages.")),
        None => Ok(all),
    }
}
