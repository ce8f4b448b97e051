//! The outer layer: what belongs to the exchange of a request and its response, whatever the request asks for.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::{correlation, farewell, security_headers, unread_body};
use crate::http::connection_table::occupy;
use crate::http::held_body::holding;

/// The steps, from the outside to the inside and back. None of them waits.
pub async fn exchange(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Marks the connection as busy until the last byte of the final response, so that it is not closed as an idle one. It
    // is the outermost step, because it needs the body that is really sent.
    let answering = occupy(&request);
    // Keeps an unread chunked body until the response is written. It must be outside of all steps that can answer before
    // the body was read, or replace a response.
    let (request, unread) = unread_body::keep(request);
    // Gives the request its id, which all inner steps use.
    let id = correlation::identify(&request);
    let mut response = next.call(request).await?.map_into_boxed_body();
    // Adds headers to every response, also to the placeholder of an error.
    security_headers::add(&mut response);
    // Turns errors into their final answers, which contain the id and keep the headers that inner steps have added.
    let mut response = correlation::finish(response, &id);
    // Ends connections once the server shuts down. It is outside of the step that replaces errors, which keeps their
    // headers only.
    farewell::announce(&mut response);
    Ok(holding(response, (unread, answering)))
}
