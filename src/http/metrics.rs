//! `GET /metrics` on the operations listener.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::telemetry::metrics::Metrics;

#[get("/metrics")]
pub async fn metrics(metrics: Data<Metrics>) -> HttpResponse {
    match metrics.render() {
        Ok(text) => HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text),
        Err(error) => {
            tracing::error!(%error, "cannot render the metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}
