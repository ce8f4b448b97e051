//! `/health`: for orchestrators, load balancers and operators.

use actix_web::web::Data;
use actix_web::{HttpResponse, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::store::Probe;

#[derive(Serialize, ToSchema)]
pub struct Status {
    /// `ok` or `failing`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// `ok`
    #[schema(example = "ok")]
    pub status: &'static str,
    /// How long ago the database was written to find out.
    pub checked_seconds_ago: u64,
}

pub const OK: &str = "ok";
pub const FAILING: &str = "failing";

/// Check whether the process runs
#[utoipa::path(tag = "health", operation_id = "checkLiveness", responses((status = 200, description = "The process runs.", body = Status)))]
#[route("/health/live", method = "GET", method = "HEAD")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Status { status: OK })
}

/// Check whether the service can handle requests
///
/// The server writes to its database every five seconds, and the response tells the result of the last attempt: it is
/// 503 while the database cannot be written, while the clocks of the machine and of the database are far apart, and from
/// SIGTERM on. A load balancer should then use other nodes.
#[utoipa::path(tag = "health", operation_id = "checkReadiness", responses(
    (status = 200, description = "The service can handle requests.", body = Readiness),
    (status = 503, description = "`unavailable`"),
))]
#[route("/health/ready", method = "GET", method = "HEAD")]
pub async fn ready(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    if state.is_draining() {
        return Err(unavailable("The server is shutting down."));
    }
    if !state.sessions.index.is_fresh() {
        return Err(unavailable("Revocations of other nodes cannot be read."));
    }
    let probe = state.store.last_probe();
    let probe = probe.ok_or_else(|| unavailable("The database has not been tried yet."))?;
    let checked_seconds_ago = probe.age().as_secs();
    if !probe.is_good() {
        let detail = format!("The database could not be written; tried {checked_seconds_ago} s ago.");
        return Err(unavailable(detail));
    }
    if !state.store.knows_the_time() {
        return Err(unavailable("The database's time is not known."));
    }
    let offset = state.store.clock_offset().unwrap_or_default();
    if offset.size() >= state.sessions.rules.longest_clock_offset {
        let seconds = offset.size().as_secs();
        return Err(unavailable(format!(
            "The clocks of this machine and of the database are {seconds} s apart."
        )));
    }
    Ok(HttpResponse::Ok().json(Readiness { status: OK, checked_seconds_ago }))
}

fn unavailable(detail: impl Into<String>) -> Problem {
    Problem::new(Code::Unavailable).detail(detail)
}

/// Check the service as a whole
///
/// The report on each part of the service is at `GET /health` of the operations listener.
#[utoipa::path(tag = "health", operation_id = "checkHealth", responses(
    (status = 200, description = "All parts work.", body = Status),
    (status = 503, description = "A part fails.", body = Status),
))]
#[route("/health", method = "GET", method = "HEAD")]
pub async fn health(state: Data<AppState>) -> HttpResponse {
    if is_failing(&state) {
        return HttpResponse::ServiceUnavailable().json(Status { status: FAILING });
    }
    HttpResponse::Ok().json(Status { status: OK })
}

/// Whether a part of the service fails.
fn is_failing(state: &AppState) -> bool {
    let is_writable = state.store.last_probe().as_ref().is_some_and(Probe::is_good);
    !is_writable || !state.store.knows_the_time() || !state.sessions.index.is_fresh()
}
