//! Says whose share of the server's work a request is of: its client's network, and once that is known, its user's.
//! What the request waits for ends when the client hangs up, because the framework drops this then.

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
