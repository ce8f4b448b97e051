//! Metrics, one log line and, where it is traced, a span for every request.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use uuid::Uuid;

use super::correlation::CorrelationId;
use crate::http::state::AppState;
use crate::model::cookie_generation::Cohort;
use crate::telemetry::metrics::{Metrics, observe};
use crate::telemetry::trace::Span;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const REFRESH: &str = "/api/v1/auth/refresh";
const VERIFY_TOKEN: &str = "/api/v1/auth/verify-token";
const LOGIN: &str = "/api/v1/auth/login";
const ROUTINE: [&str; 3] = [REFRESH, VERIFY_TOKEN, "/.well-known/jwks.json"];

/// The user and the session of a request, for its log line.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    pub user_id: Uuid,
    pub session_id: Uuid,
}

pub async fn observation(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let method = request.method().clone();
    let span = begin_span(&request);
    let response = span.clone().scope(next.call(request)).await?;
    let Some(state) = response.request().app_data::<Data<AppState>>() else {
        return Ok(response);
    };
    let route = response.request().match_pattern().map_or_else(|| "unmatched".to_owned(), route_label);
    let took = begun.elapsed();
    count(&state.metrics, &method, &route, &response, took);
    let facts = Facts {
        trace_id: span.trace_id(),
        method: method_label(&method),
        route: &route,
        status: response.status().as_u16(),
        latency_ms: took.as_secs_f64() * 1e3,
    };
    log(&response, &facts, took > state.slow_request);
    if span.is_recorded() {
        describe(&span, &response, &method, &route);
    }
    // Work that has begun may outlive the request, and keeps its own steps only.
    span.end();
    Ok(response)
}

/// A request with two of the header names no parent (W3C Trace Context §3.2).
fn begin_span(request: &ServiceRequest) -> Span {
    let Some(state) = request.app_data::<Data<AppState>>() else { return Span::none() };
    let mut headers = request.headers().get_all(&TRACEPARENT);
    let traceparent = match (headers.next(), headers.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    };
    state.tracing.request(traceparent)
}

/// The names are those of OpenTelemetry's conventions; the correlation id leads to the log.
fn describe<B>(span: &Span, response: &ServiceResponse<B>, method: &Method, route: &str) {
    let extensions = response.request().extensions();
    let method = method_label(method);
    span.rename(format!("{method} {route}"));
    span.set("http.request.method", method.to_owned());
    span.set("http.route", route.to_owned());
    span.set("http.response.status_code", i64::from(response.status().as_u16()));
    if let Some(id) = extensions.get::<CorrelationId>() {
        span.set("kindred.correlation_id", id.0.clone());
    }
    if let Some(subject) = extensions.get::<Subject>() {
        span.set("user.id", subject.user_id.to_string());
        span.set("session.id", subject.session_id.to_string());
    }
    if response.status().is_server_error() {
        span.fail("server_error");
    }
}

/// The files of Swagger UI count as one route.
fn route_label(pattern: String) -> String {
    if pattern.starts_with("/docs") { "/docs".to_owned() } else { pattern }
}

/// The label of a method. A method that a client has invented must not become a time series of its own.
fn method_label(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

fn count<B>(metrics: &Metrics, method: &Method, route: &str, response: &ServiceResponse<B>, took: Duration) {
    let status = response.status();
    let labels = [method_label(method), route, status.as_str()];
    metrics.http_requests.with_label_values(&labels).inc();
    observe(&metrics.http_duration.with_label_values(&labels), took);
    match route {
        REFRESH => {
            let cohort = response.request().extensions().get::<Cohort>().copied();
            let generation = cohort.unwrap_or(Cohort::NoCookies);
            observe(&metrics.refresh_duration.with_label_values(&[generation.as_str()]), took);
        }
        VERIFY_TOKEN => observe(&metrics.verify_duration, took),
        LOGIN => observe(&metrics.login_duration, took),
        _ => {}
    }
}

/// What the log says of a request, besides whose it was.
struct Facts<'a> {
    trace_id: Option<String>,
    method: &'a str,
    route: &'a str,
    status: u16,
    latency_ms: f64,
}

/// Writes the line of a request at a level, which must be known when the program is compiled.
macro_rules! log_at {
    ($level:ident, $response:expr, $facts:expr, $words:tt) => {{
        let extensions = $response.request().extensions();
        let correlation_id = extensions.get::<CorrelationId>().map_or("", |id| id.0.as_str());
        let subject = extensions.get::<Subject>();
        let user_id = subject.map(|subject| tracing::field::display(subject.user_id));
        let session_id = subject.map(|subject| tracing::field::display(subject.session_id));
        let Facts { trace_id, method, route, status, latency_ms } = $facts;
        let trace_id = trace_id.as_deref();
        tracing::$level!(
            correlation_id,
            trace_id,
            method,
            route,
            status,
            latency_ms,
            user_id,
            session_id,
            $words
        );
    }};
}

/// Errors of the server are logged at `error`. Routine requests of clients and gateways (refreshes, token checks, health
/// checks) are logged at `debug` if they succeed: metrics count them, and a line for each would cost a fifth of the
/// throughput (docs/performance.md). All other requests are logged at `info`. A request that took longer than
/// `telemetry.slow_request` has a second line, whatever its outcome was.
fn log<B>(response: &ServiceResponse<B>, facts: &Facts<'_>, is_slow: bool) {
    let is_routine = facts.route.starts_with("/health") || ROUTINE.contains(&facts.route);
    match facts.status {
        500..=502 | 504.. => log_at!(error, response, facts, "request"),
        ..400 if is_routine => log_at!(debug, response, facts, "request"),
        _ => log_at!(info, response, facts, "request"),
    }
    if is_slow {
        log_at!(warn, response, facts, "slow request");
    }
}
