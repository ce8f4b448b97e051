//! `GET /api/v1/admin/events/counts`: requests that concern no account, counted by network.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::dto::page::Page;
use crate::http::dto::words::{Moment, PageLimit, StrangerKindName};
use crate::http::extract::administrator::{Administrator, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::query::Query;
use crate::http::problem::{Code, Filtered, Problem};
use crate::http::state::AppState;
use crate::model::stranger::StrangerKind;
use crate::store::security_event::stranger_count::{CountFilter, StrangerCount};

const PARAMETERS: [&str; 4] = ["kind", "from", "until", "limit"];
/// The default period.
const PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// How many requests of a kind came from a network.
#[derive(Serialize, ToSchema)]
pub struct StrangerCountItem {
    /// `login.unknown_address`, `link_request.unknown_address`, `passkey.unknown` or `access.denied_again`.
    #[schema(example = "login.unknown_address")]
    pub kind: String,
    /// /24 for IPv4, /48 for IPv6; `other` for networks beyond those that are counted separately in a minute.
    #[schema(example = "192.0.2.0/24")]
    pub network: String,
    pub requests: i64,
    /// The last minute with such a request.
    #[schema(format = DateTime)]
    pub last_at: String,
}

impl From<StrangerCount> for StrangerCountItem {
    fn from(count: StrangerCount) -> Self {
        Self {
            kind: count.kind.as_str().to_owned(),
            network: count.network,
            requests: count.requests,
            last_at: count.last_at.rfc3339(),
        }
    }
}

/// Count the requests that concern no account
///
/// For example failed logins with addresses that have no account. They are not recorded as security events, because anyone
/// can send any number of them. The counts are by kind and network, the highest first; requests of the last seconds may
/// be missing.
#[utoipa::path(
    tag = "admin",
    operation_id = "listAnonymousRequestCounts",
    security(("bearer" = [])),
    params(
        ("kind" = inline(Option<StrangerKindName>), Query, description = "For example `login.unknown_address`"),
        ("from" = inline(Option<Moment>), Query, description = "RFC 3339; this minute and later; by default 24 hours before `until`"),
        ("until" = inline(Option<Moment>), Query, description = "RFC 3339; before this minute; by default now"),
        ("limit" = inline(Option<PageLimit>), Query, description = "1 to 100, by default 50"),
    ),
    responses(
        (status = 200, description = "The networks with the most requests.", body = Page<StrangerCountItem>),
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
    // The current minute is counted from its beginning.
    let until = query.time("until")?.unwrap_or_else(|| state.clock.now());
    let from = query.time("from")?.unwrap_or_else(|| until.minus(PERIOD));
    Ok(CountFilter { kind: kind.transpose()?, from, until })
}
