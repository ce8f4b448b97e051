//! `GET /health` of the operations listener: the report on each part of the service.

use std::future::Future;
use std::time::Instant;

use actix_web::web::Data;
use actix_web::{HttpResponse, route};
use serde::Serialize;

use super::health::{FAILING, OK};
use crate::http::state::AppState;
use crate::store::Probe;
use crate::tls::CertificateState;

/// The part fails, and the service does its work without it.
const DEGRADED: &str = "degraded";

/// A part of the service.
#[derive(Serialize)]
struct Component {
    name: &'static str,
    status: &'static str,
    latency_ms: f64,
    /// The state of the component, or what is wrong with it.
    detail: String,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    components: Vec<Component>,
}

#[route("/health", method = "GET", method = "HEAD")]
pub async fn report(state: Data<AppState>) -> HttpResponse {
    let mut components = vec![
        database(&state),
        signing_keys(&state).await,
        session_system(&state).await,
        csrf(&state).await,
        cors_origins(&state).await,
    ];
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

/// The key follows from the root keys.
async fn csrf(state: &Data<AppState>) -> Component {
    let keys = state.sessions.root_keys.all().count();
    measured("csrf", async { Ok(format!("tokens under {keys} root keys are accepted")) }).await
}

async fn cors_origins(state: &Data<AppState>) -> Component {
    let allowed = state.browsers.origins.allowed().join(", ");
    let detail = if allowed.is_empty() { "none besides our own".to_owned() } else { allowed };
    measured("cors_origins", async { Ok(detail) }).await
}

async fn certificate(state: CertificateState) -> Component {
    measured("certificate", async {
        match state {
            CertificateState::Valid { until } => Ok(format!("valid until {}", until.rfc3339())),
            CertificateState::Expired { since } => Err(format!("expired at {}", since.rfc3339())),
            CertificateState::Missing => Err("no certificate has been obtained yet".to_owned()),
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
