//! What the listeners answer while the start waits for the key service: the process lives, and is not ready.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, web};

use super::health;
use super::middleware::correlation;
use super::problem::{Code, Problem};
use crate::clock::Clock;
use crate::entropy::{Entropy, uuid_v7};

/// What the ids of requests are made of.
#[derive(Clone)]
pub struct Ids {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// A server for health checks only, not yet polled. Every other request gets the problem `keys_unavailable`.
///
/// # Errors
/// If a listener cannot be used.
pub fn server(listeners: Vec<TcpListener>, ids: Ids) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .wrap(from_fn(answer))
            .app_data(web::Data::new(ids.clone()))
            .service(health::live)
            .default_service(web::to(refuse))
    };
    let mut server = HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

/// Gives each request an id, and turns errors into their final answers.
async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let ids = request.app_data::<web::Data<Ids>>();
    let id = ids.map(|ids| uuid_v7(ids.entropy.as_ref(), ids.clock.now()).to_string()).unwrap_or_default();
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(correlation::finish(response, &id))
}

async fn refuse() -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::KeysUnavailable))
}
