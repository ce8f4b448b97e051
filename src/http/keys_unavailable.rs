//! What the listeners answer while the start waits for the key service: the process lives, and is not ready.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::health;
use super::problem::{Code, Problem};

/// A server for health checks only, not yet polled. Every other request gets the problem `keys_unavailable`.
///
/// # Errors
/// If a listener cannot be used.
pub fn server(listeners: Vec<TcpListener>) -> std::io::Result<Server> {
    let app = || App::new().service(health::live).default_service(web::to(refuse));
    let mut server = HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

async fn refuse() -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::KeysUnavailable))
}
