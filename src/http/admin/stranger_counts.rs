//! `GET /api/v1/admin/events/counts`: what proves nothing about an account, by network.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, Problem};
use crate::http::state::AppState;
use crate::http::text::{self, Page};
use crate::model::stranger::StrangerKind;
use crate::store::security_event::stranger_count::{CountFilter, StrangerCount};

const PARAMETERS: [&str; 4] = ["kind", "from", "until", "limit"];
/// What is summed up unless a time is given.
const PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// How often something was tried from a network.
#[derive(Serialize, ToSchema)]
pub struct StrangerCountItem {
    /// `login.unknown_address`, `link_request.unknown_address`, `passkey.unknown` or `access.denied_again`.
    pub kind: String,
    /// /24 for IPv4, /48 for IPv6; `other` for networks beyond those that are counted one by one in a minute.
    #[schema(example = "192.0.2.0/24")]
    pub network: String,
    pub requests: i64,
    /// The last minute in which it was tried.
    pub last_at: String,
}

impl From<StrangerCount> for StrangerCountItem {
    fn from(count: StrangerCount) -> Self {
        Self {
            kind: count.kind,
            network: count.network,
            requests: count.requests,
            last_at: text::time(count.last_at),
        }
    }
}

/// Counts of requests that prove nothing about an account
///
/// Such as failed logins with addresses that have no account. They are no entries of the audit log: strangers can send
/// any number of them. Summed up by kind and network, the most first; those of the last seconds may be missing.
#[utoipa::path(
    tag = "admin",
    operation_id = "listAnonymousRequestCounts",
    security(("bearer" = [])),
    params(
        ("kind" = Option<String>, Query, description = "Such as `login.unknown_address`"),
        ("from" = Option<String>, Query, description = "RFC 3339; this minute and later; 24 hours before `until` unless given"),
        ("until" = Option<String>, Query, description = "RFC 3339; before this minute; now unless given"),
        ("limit" = Option<u64>, Query, description = "1 to 100; 50 unless given"),
    ),
    responses(
        (status = 200, description = "The networks that sent the most.", body = Page<StrangerCountItem>),
        Caller<Administrator<Read>>,
        Filtered,
    ),
)]
#[get("/api/v1/admin/events/counts")]
pub async fn list(
    request: HttpRequest,
    state: Data<AppState>,
    _: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &PARAMETERS)?;
    let (filter, limit) = (filter(&query, &state)?, query.window()?.limit);
    let counts = state.run(|app| async move { app.store.stranger_counts(filter, limit).await }).await?;
    Ok(HttpResponse::Ok().json(Page::whole(counts.into_iter().map(StrangerCountItem::from).collect())))
}

fn filter(query: &Query, state: &AppState) -> Result<CountFilter, Problem> {
    let kind = query.text("kind").map(|kind| {
        let unknown = || Problem::field(Code::ValidationFailed, "kind", "invalid", "This kind is not known.");
        StrangerKind::from_stored(kind).ok_or_else(unknown)
    });
    // The minute that goes on is counted from its beginning.
    let until = query.time("until")?.unwrap_or_else(|| state.clock.now());
    let from = query.time("from")?.unwrap_or_else(|| until.minus(PERIOD));
    Ok(CountFilter { kind: kind.transpose()?, from, until })
}
