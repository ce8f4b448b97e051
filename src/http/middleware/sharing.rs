//! Assigns each request to a share of the server: first to that of the client's network, and to the user's from the check
//! of the access token on. When the client disconnects, the framework drops this future, and with it the request's places
//! in all queues.

use actix_web::dev::ServiceRequest;

use crate::admission::{Request, Sharer, Waiting};
use crate::http::extract::client::address_of;

/// The share of the client's network, and what is to be kept as long as the client waits.
pub fn assign(request: &ServiceRequest) -> (Request, Waiting) {
    Request::new(address_of(request.request()).map_or(Sharer::Internal, Sharer::client))
}
