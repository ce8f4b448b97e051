//! `/health`: for orchestrators, load balancers and operators.

use std::future::Future;
use std::time::Instant;

use actix_web::web::Data;
use actix_web::{HttpResponse, route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::{Code, Problem};
use crate::http::state::AppState;
use crate::http::work::WorkError;
use crate::store::StoreError;

#[derive(Serialize, ToSchema)]
pub struct Status {
    /// `ok` or `failing`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

const OK: &str = "ok";
const FAILING: &str = "failing";

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
/// The response is 503 while the database does not respond, and from SIGTERM on; a load balancer should then use other
/// nodes.
#[utoipa::path(tag = "health", operation_id = "checkReadiness", responses(
    (status = 200, description = "The service can handle requests.", body = Status),
    (status = 503, description = "`unavailable`"),
))]
#[route("/health/ready", method = "GET", method = "HEAD")]
pub async fn ready(state: Data<AppState>) -> Result<HttpResponse, Problem> {
    if state.is_draining() {
        return Err(Problem::new(Code::Unavailable).detail("The server is shutting down."));
    }
    if !state.sessions.index.is_fresh() {
        return Err(Problem::new(Code::Unavailable).detail("Revocations of other nodes cannot be read."));
    }
    state.run(|app| async move { app.store.ping().await }).await?;
    if !state.store.knows_the_time() {
        return Err(Problem::new(Code::Unavailable).detail("The database's time is not known."));
    }
    Ok(HttpResponse::Ok().json(Status { status: OK }))
}

/// Report on each component of the service
#[utoipa::path(tag = "health", operation_id = "getHealthReport", responses(
    (status = 200, description = "All components work.", body = Report),
    (status = 503, description = "A component fails.", body = Report),
))]
#[route("/health", method = "GET", method = "HEAD")]
pub async fn report(state: Data<AppState>) -> HttpResponse {
    let components = vec![database(&state).await, signing_keys(&state).await, session_system(&state).await];
    let failing = components.iter().any(|component| component.status == FAILING);
    let status = if failing { FAILING } else { OK };
    let mut response = if failing { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.json(Report { status, components })
}

async fn database(state: &Data<AppState>) -> Component {
    let kind = if state.store.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    measured("database", async {
        match state.run(|app| async move { app.store.ping().await }).await {
            Ok(()) => Ok(kind.to_owned()),
            Err(WorkError::Service(StoreError::Unavailable(_)) | WorkError::Panicked) => {
                Err(format!("{kind} does not answer"))
            }
            Err(_) => Err(format!("{kind} answers with an error")),
        }
    })
    .await
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

async fn measured(name: &'static str, check: impl Future<Output = Result<String, String>>) -> Component {
    let begun = Instant::now();
    let result = check.await;
    let latency_ms = begun.elapsed().as_secs_f64() * 1e3;
    match result {
        Ok(detail) => Component { name, status: OK, latency_ms, detail },
        Err(detail) => Component { name, status: FAILING, latency_ms, detail },
    }
}
