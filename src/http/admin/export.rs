//! The audit log as newline-delimited JSON, in bounded memory: a page is read when the client has taken the
//! one before.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use futures_util::stream::{Stream, try_unfold};

use super::events::EventItem;
use crate::account::Principal;
use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::model::cursor::Cursor;
use crate::store::database::keyset::{PageRequest, Sequence};
use crate::store::security_event::query::EventFilter;

/// The media type.
pub const NDJSON: &str = "application/x-ndjson";
/// Entries read at a time.
const PAGE: u64 = 500;

/// Records the export, and answers with all that matches, the oldest entry first.
///
/// # Errors
/// [`Problem`]; what goes wrong later breaks the answer off.
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

/// What is still to be read.
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
