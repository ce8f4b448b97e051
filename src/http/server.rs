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
use super::connection_table::{Capacity, Connections, occupation};
use super::fallback::{self, fallback};
use super::introduction::{Connection, Introduction};
use super::metrics::metrics;
use super::middleware::application::application;
use super::middleware::correlation::correlation;
use super::middleware::cors::cors;
use super::middleware::farewell::farewell;
use super::middleware::observation::observation;
use super::middleware::rate_limit_fields::rate_limit_fields;
use super::middleware::request_head::request_head;
use super::middleware::security_headers::{for_operators, security_headers};
use super::middleware::sharing::sharing;
use super::middleware::unread_body::unread_body;
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
            // Assigns the request to a share of the server. It is the innermost layer, because only the work of
            // extractors and handlers waits for places.
            .wrap(from_fn(sharing))
            // Tells what is left of the limits that the request was counted for. It is outside of the extractors, which
            // note these limits.
            .wrap(from_fn(rate_limit_fields))
            // Admits applications, and notes the client that one acts for. It is outside of everything that depends on
            // the client's address.
            .wrap(from_fn(application))
            // Refuses heads that are too large or ambiguous, before anything reads them. It is inside of CORS, so that a page
            // learns why.
            .wrap(from_fn(request_head))
            // Answers preflight requests, and tells browsers which pages may read a response. It is inside of what counts
            // and logs, because a preflight request is one, too.
            .wrap(from_fn(cors))
            // Counts and logs the request, with the route that matched and the session that was found. It is outside
            // of the waiting for places, which belongs to the latency.
            .wrap(from_fn(observation))
            // Adds headers to every response, also to the placeholder of an error.
            .wrap(from_fn(security_headers))
            // Gives the request its id, which all inner layers use, and turns errors into their final answers, which
            // contain the id and keep the headers that inner layers have added.
            .wrap(from_fn(correlation))
            // Ends connections once the server shuts down. It is outside of the layer that replaces errors, which keeps
            // their headers only.
            .wrap(from_fn(farewell))
            // Keeps an unread chunked body until the response is written. It must be outside of all layers that can
            // answer before the body was read, or replace a response.
            .wrap(from_fn(unread_body))
            // Marks the connection as busy until the last byte of the final response, so that it is not closed as an
            // idle one. It is the outermost layer, because it needs the body that is really sent.
            .wrap(from_fn(occupation))
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
