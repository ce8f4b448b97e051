//! Assigns each request to a share of the server: first to that of the client's network, and to the user's from the check
//! of the access token on. When the client disconnects, the framework drops this future, and with it the request's places
//! in all queues.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::admission::{Request, Sharer};
use crate::http::extract::client::address_of;

pub async fn sharing(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let sharer = address_of(request.request()).map_or(Sharer::Internal, Sharer::client);
    let (scope, _waiting) = Request::new(sharer);
    scope.scope(next.call(request)).await
}
