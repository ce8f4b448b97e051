//! `GET /health` of the operations listener: the report on each part of the service.
//!
//! The report is made once a second, whether or not someone asks. So a poll costs nothing, and the metric
//! `auth_health` tells the same.

mod parts;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use actix_web::{HttpResponse, route};
use parking_lot::RwLock;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::health::{FAILING, OK};
use crate::http::state::AppState;

use self::parts::Component;

/// The time between two reports.
const INTERVAL: Duration = Duration::from_secs(1);
/// A report that is older says nothing: whatever makes it does not run.
const LONGEST_AGE: Duration = Duration::from_secs(30);

/// The last report. Clones share it.
#[derive(Clone)]
pub struct HealthReport(Arc<RwLock<Made>>);

struct Made {
    at: Instant,
    components: Vec<Component>,
}

impl HealthReport {
    /// The first report.
    pub async fn first(state: &AppState) -> Self {
        Self(Arc::new(RwLock::new(Made::now(state).await)))
    }

    /// Makes new reports until the task is aborted.
    pub fn keep_current(&self, state: Data<AppState>) -> JoinHandle<()> {
        let place = self.clone();
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let made = Made::now(&state).await;
                *place.0.write() = made;
            }
        })
    }
}

impl Made {
    async fn now(state: &AppState) -> Self {
        let components = parts::components(state).await;
        for component in &components {
            state.metrics.health.tell(component.name, component.status == OK);
        }
        Self { at: Instant::now(), components }
    }

    fn is_failing(&self) -> bool {
        self.at.elapsed() > LONGEST_AGE || self.components.iter().any(|part| part.status == FAILING)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    checked_seconds_ago: u64,
    components: &'a [Component],
}

#[route("/health", method = "GET", method = "HEAD")]
pub async fn report(last: Data<HealthReport>) -> HttpResponse {
    let made = last.0.read();
    let failing = made.is_failing();
    let status = if failing { FAILING } else { OK };
    let checked_seconds_ago = made.at.elapsed().as_secs();
    let mut response = if failing { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.json(Answer { status, checked_seconds_ago, components: &made.components })
}
