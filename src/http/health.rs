//! `/health`: for orchestrators, load balancers and operators.

use std::future::Future;
use std::time::Instant;

use actix_web::web::Data;
use actix_web::{HttpResponse, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::store::Probe;
use crate::tls::CertificateState;

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

const OK: &str = "ok";
const FAILING: &str = "failing";
/// The component fails, and the service does its work without it.
const DEGRADED: &str = "degraded";

/// A component of the service.
#[derive(Serialize, ToSchema)]
pub struct Component {
    #[schema(example = "database")]
    pub name: &'static str,
    #[schema(example = "ok")]
    pub status: &'static str,
    pub latency_ms: f64,
    /// The state of the component, or what is wrong with it.
    #[schema(example = "PostgreSQL")]
    pub detail: String,
}

#[derive(Serialize, ToSchema)]
pub struct Report {
    #[schema(example = "ok")]
    pub status: &'static str,
    pub components: Vec<Component>,
}

/// Check whether the process runs
#[utoipa::path(tag = "health", operation_id = "checkLiveness", responses((status = 200, description = "The process runs.", body = Status)))]
#[route("/health/live", method = "GET", method = "HEAD")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Status { status: OK })
}

/// Check whether the service can handle requests
///
/// The server writes to its database every five seconds, and the response tells the result of the last attempt: it is
/// 503 while the database cannot be written, and from SIGTERM on. A load balancer should then use other nodes.
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
    Ok(HttpResponse::Ok().json(Readiness { status: OK, checked_seconds_ago }))
}

fn unavailable(detail: impl Into<String>) -> Problem {
    Problem::new(Code::Unavailable).detail(detail)
}

/// Report on each component of the service
#[utoipa::path(tag = "health", operation_id = "getHealthReport", responses(
    (status = 200, description = "All components work.", body = Report),
    (status = 503, description = "A component fails.", body = Report),
))]
#[route("/health", method = "GET", method = "HEAD")]
pub async fn report(state: Data<AppState>) -> HttpResponse {
    let mut components = vec![database(&state), signing_keys(&state).await, session_system(&state).await];
    if let Some(tls) = &state.tls {
        components.push(certificate(tls.certificate_state()).await);
    }
    components.extend(redis(&state));
    let failing = components.iter().any(|component| component.status == FAILING);
    let status = if failing { FAILING } else { OK };
    let mut response = if failing { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.json(Report { status, components })
}

/// Tells the last probe, so that a poll costs the database nothing.
fn database(state: &Data<AppState>) -> Component {
    let kind = if state.store.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    let probe = state.store.last_probe();
    let age = probe.as_ref().map_or(0, |probe| probe.age().as_secs());
    let is_good = probe.as_ref().is_some_and(Probe::is_good);
    let (status, outcome) = if is_good { (OK, "was written") } else { (FAILING, "could not be written") };
    Component {
        name: "database",
        status,
        latency_ms: probe.map_or(0.0, |probe| probe.took.as_secs_f64() * 1e3),
        detail: format!("{kind} {outcome} {age} s ago"),
    }
}

/// Without Redis the node goes on with counts of its own, so it is degraded and does not fail.
fn redis(state: &Data<AppState>) -> Option<Component> {
    let shared = state.throttle.shared()?;
    let (status, detail) = if shared.is_up() {
        (OK, "limits by network are counted for all nodes together")
    } else {
        (DEGRADED, "no answer; limits by network are counted by each node")
    };
    let latency_ms = shared.took().as_secs_f64() * 1e3;
    Some(Component { name: "redis", status, latency_ms, detail: detail.to_owned() })
}

async fn signing_keys(state: &Data<AppState>) -> Component {
    measured("signing_keys", async {
        let published = state.sessions.verifier.signer.published();
        Ok(format!("{} keys published, one active", published.states.len()))
    })
    .await
}

async fn session_system(state: &Data<AppState>) -> Component {
    measured("session_system", async {
        let actors = state.metrics.family_actors.with_label_values(&["live"]).get();
        if !state.store.knows_the_time() {
            Err("the database's time is not known".to_owned())
        } else if state.sessions.index.is_fresh() {
            Ok(format!("{actors} sessions in memory, {} recent revocations", state.sessions.index.len()))
        } else {
            Err("revocations of other nodes cannot be read".to_owned())
        }
    })
    .await
}

async fn certificate(state: CertificateState) -> Component {
    measured("certificate", async {
        match state {
            CertificateState::Valid { until } => Ok(format!("valid until {}", until.rfc3339())),
            CertificateState::Expired { since } => Err(format!("expired at {}", since.rfc3339())),
            CertificateState::Missing => Err("there is none yet".to_owned()),
        }
    })
    .await
}

async fn measured(name: &'static str, check: impl Future<Output = Result<String, String>>) -> Component {
    let begun = Instant::now();
    let result = check.await;
    let latency_ms = begun.elapsed().as_secs_f64() * 1e3;
    match result {
        Ok(detail) => Component { name, status: OK, latency_ms, detail },
        Err(detail) => Component { name, status: FAILING, latency_ms, detail },
    }
}
