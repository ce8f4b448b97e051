//! Security events as newline-delimited JSON. Memory is bounded, because a page is read only when the client has received
//! the previous one.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use futures_util::stream::{Stream, try_unfold};

use crate::account::Principal;
use crate::http::dto::security_event::EventItem;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::cursor::Cursor;
use crate::store::database::keyset::{PageRequest, Sequence};
use crate::store::security_event::query::EventFilter;

/// The media type of newline-delimited JSON.
pub const NDJSON: &str = "application/x-ndjson";
/// Events that are read at a time.
const PAGE: u64 = 500;

/// Records the export, and responds with all events that match, the oldest first.
///
/// # Errors
/// [`Problem`] before the response begins. A later error closes the connection.
pub async fn respond(
    state: &Data<AppState>,
    principal: Principal,
    filter: EventFilter,
) -> Result<HttpResponse, Problem> {
    let filter =
        state.run(|app| async move { app.administration.begin_export(&principal, filter).await }).await?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(NDJSON)
        .insert_header(("content-disposition", "attachment; filename=events.ndjson"));
    Ok(response.streaming(pages(state.clone(), filter)))
}

/// The events that are still to be read.
enum Rest {
    From(Option<Cursor>),
    Nothing,
}

fn pages(state: Data<AppState>, filter: EventFilter) -> impl Stream<Item = Result<Bytes, Problem>> {
    try_unfold(Rest::From(None), move |rest| {
        let state = state.clone();
        async move {
            let Rest::From(after) = rest else { return Ok(None) };
            let window = PageRequest { sequence: Sequence::OldestFirst, after, limit: PAGE };
            let page = state.run(move |app| async move { app.store.events(filter, window).await }).await?;
            let rest = page.next.map_or(Rest::Nothing, |next| Rest::From(Some(next)));
            let mut lines = Vec::new();
            for event in page.items {
                serde_json::to_writer(&mut lines, &EventItem::from(event))
                    .map_err(|_| Problem::new(Code::Internal))?;
                lines.push(b'\n');
            }
            Ok(Some((Bytes::from(lines), rest)))
        }
    })
}
