//! The inner layer: who may ask, what may be asked, and whose share of the server it takes.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::{application, cors, rate_limit_fields, request_head, sharing};
use crate::http::problem::Problem;

/// The steps, from the outside to the inside and back.
pub async fn entrance(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Answers preflight requests, and tells browsers which pages may read a response, also that to a request that is
    // refused, so that a page learns why.
    let access = cors::access(&request);
    let mut response = match cors::preflight(&request, &access) {
        Some(answer) => request.into_response(answer),
        None => match admit(&request).await {
            Ok(()) => handle(request, next).await?,
            Err(problem) => request.error_response(problem),
        },
    };
    cors::allow(response.headers_mut(), access);
    Ok(response)
}

async fn admit(request: &ServiceRequest) -> Result<(), Problem> {
    // Refuses heads that are too large or ambiguous, before anything reads them.
    request_head::examine(request.uri(), request.headers())?;
    // Admits applications, and notes the client that one acts for. It is outside of everything that depends on the
    // client's address.
    application::admit(request).await
}

async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Assigns the request to a share of the server. It is the innermost step, because only the work of extractors and
    // handlers waits for places.
    let (share, _waiting) = sharing::assign(&request);
    let mut response = share.scope(next.call(request)).await?.map_into_boxed_body();
    // Tells what is left of the limits that the request was counted for. It is outside of the extractors, which note
    // these limits.
    rate_limit_fields::add(&mut response);
    Ok(response)
}
