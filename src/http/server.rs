//! The listeners: one for clients, one for operators.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::connections::{Capacity, Connections, occupation};
use super::fallback::fallback;
use super::metrics::metrics;
use super::middleware::correlation::correlation;
use super::middleware::observation::observation;
use super::middleware::security_headers::security_headers;
use super::middleware::sharing::sharing;
use super::middleware::unread_body::unread_body;
use super::openapi::{self, openapi_document};
use super::routes;
use super::state::AppState;
use crate::config;
use crate::telemetry::metrics::Metrics;

/// The framework reckons the head's deadline from a clock that it reads twice a second: without this a
/// head could be cut that much too early, and at once where the time-out is shorter.
const CLOCK_GRAIN: Duration = Duration::from_millis(500);

/// Connections of the operations listener at most.
const OPERATORS: usize = 32;

/// The public server, not yet polled.
///
/// # Errors
/// If the listener cannot be used.
pub fn public(
    listener: TcpListener,
    config: &config::Server,
    capacity: Capacity,
    state: Data<AppState>,
) -> std::io::Result<Server> {
    let connections = Connections::new(capacity);
    let docs = state.docs;
    let server = HttpServer::new(move || {
        App::new()
            // The last one registered is the outermost.
            .wrap(from_fn(sharing))
            .wrap(from_fn(observation))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(correlation))
            .wrap(from_fn(unread_body))
            .wrap(from_fn(occupation))
            .app_data(state.clone())
            .configure(routes::reserved)
            .configure(routes::public)
            .service(openapi_document)
            .configure(|app| {
                if docs {
                    app.service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(openapi::PATH)));
                    app.service(web::redirect("/docs", "/docs/"));
                }
            })
            .default_service(web::to(fallback))
    });
    let server = server
        .workers(config.workers)
        .keep_alive(config.keep_alive)
        .client_request_timeout(config.request_timeout + CLOCK_GRAIN)
        .client_disconnect_timeout(Duration::from_secs(1))
        .max_connections(capacity.per_worker)
        .on_connect(move |io, data| connections.accept(io, data))
        .h1_allow_half_closed(false)
        .shutdown_timeout(config.drain_timeout.as_secs_f64().ceil() as u64)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// The operations server, not yet polled.
///
/// # Errors
/// If the listener cannot be used.
pub fn operations(listener: TcpListener, registry: Metrics) -> std::io::Result<Server> {
    let registry = Data::new(registry);
    let server = HttpServer::new(move || App::new().app_data(registry.clone()).service(metrics))
        .workers(1)
        .max_connections(OPERATORS)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
