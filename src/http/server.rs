//! The two servers: one for clients, one for operators.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpServer};
use tokio::net::TcpStream;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::captcha_page;
use super::connection_table::{Capacity, Connections};
use super::fallback::{self, fallback};
use super::introduction::{Connection, Introduction};
use super::metrics::metrics;
use super::middleware::entrance::entrance;
use super::middleware::exchange::exchange;
use super::middleware::observation::observation;
use super::middleware::security_headers::for_operators;
use super::openapi::{self, openapi_document};
use super::operations::{self, HealthReport};
use super::routes;
use super::state::AppState;
use crate::config;
use crate::telemetry::metrics::Metrics;
use crate::tls::Tls;

/// The framework computes the deadline of a request's head with a clock that it reads twice a second. Without this
/// addition, the deadline could be that much too early, and a shorter time-out would refuse every request.
const CLOCK_GRAIN: Duration = Duration::from_millis(500);

/// The maximum number of connections of the operations listener.
const OPERATORS: usize = 32;

/// How the public server meets its clients.
#[derive(Debug)]
pub struct Network {
    pub capacity: Capacity,
    pub max_handshakes: usize,
    /// Without it, the server speaks plain HTTP.
    pub tls: Option<Arc<Tls>>,
}

/// The public server, not yet polled.
///
/// # Errors
/// If the listener cannot be used.
pub fn public(
    listener: TcpListener,
    config: &config::Server,
    network: Network,
    state: Data<AppState>,
) -> std::io::Result<Server> {
    let address = listener.local_addr()?;
    let connections = Connections::new(network.capacity, network.max_handshakes);
    let introduction = Introduction::new(connections, network.tls, config, state.metrics.tls.clone());
    let introduction = Arc::new(introduction);
    let docs = state.docs.then(|| state.base_path.clone());
    let app = move || {
        App::new()
            // The middleware, from the inside to the outside: the layer that is registered last is the outermost.
            //
            // Decides who may ask, what may be asked, and whose share of the server it takes.
            .wrap(from_fn(entrance))
            // Counts and logs the request, with the route that matched and the session that was found. It is outside
            // of the waiting for places, which belongs to the latency, and of the answers to preflight requests.
            .wrap(from_fn(observation))
            // Makes a final response of every answer, and keeps the connection in use until it is written.
            .wrap(from_fn(exchange))
            .app_data(state.clone())
            .configure(fallback::reserved)
            .configure(captcha_page::routes)
            .configure(routes::public)
            .configure(|app| state.pages.routes(app))
            .service(openapi_document)
            .configure(|app| {
                if let Some(base) = &docs {
                    let document = Config::from(format!("{base}{}", openapi::PATH));
                    app.service(SwaggerUi::new("/docs/{_:.*}").config(document));
                    app.service(web::redirect("/docs", format!("{base}/docs/")));
                }
            })
            .default_service(web::to(fallback))
    };
    let builder = Server::build()
        .workers(config.workers)
        .max_concurrent_connections(network.capacity.per_worker)
        .shutdown_timeout(config.drain_timeout.as_secs_f64().ceil() as u64)
        .disable_signals();
    let drain = builder.graceful_shutdown_signal();
    let (keep_alive, head_timeout) = (config.keep_alive, config.request_timeout + CLOCK_GRAIN);
    // The framework's own server would read the connection itself, and has no place for what comes before TLS.
    let server = builder.listen("public", listener, move || {
        let drain = drain.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let drain = drain.clone();
                async move { drain.notified().await }
            })
            .keep_alive(keep_alive)
            .client_request_timeout(head_timeout)
            .client_disconnect_timeout(Duration::from_secs(1))
            .h1_allow_half_closed(false)
            .local_addr(address)
            .on_connect_ext(Connection::describe)
            .h1(map_config(app().into_factory().map_err(|error: Error| error.error_response()), |()| {
                AppConfig::default()
            }));
        let introduction = Arc::clone(&introduction);
        fn_service(move |stream: TcpStream| {
            let introduction = Arc::clone(&introduction);
            async move {
                let (connection, client) = introduction.introduce(stream).await?;
                Ok((connection, Some(client)))
            }
        })
        .map_err(DispatchError::Io)
        .and_then(http)
    })?;
    Ok(server.run())
}

/// The operations server, not yet polled.
///
/// # Errors
/// If the listener cannot be used.
pub fn operations(listener: TcpListener, registry: Metrics, report: HealthReport) -> std::io::Result<Server> {
    let (registry, report) = (Data::new(registry), Data::new(report));
    let app = move || {
        App::new()
            .wrap(for_operators())
            .app_data(registry.clone())
            .app_data(report.clone())
            .service(metrics)
            .service(operations::report)
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(OPERATORS)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
