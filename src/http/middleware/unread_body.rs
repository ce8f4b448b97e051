//! Closes the connection of a request with a chunked body that was answered before the end of the body.
//!
//! The framework does so for a body of known length. A chunked body without a reader it drains, without any time-out, so
//! that a client could keep connections for ever. Therefore the reader is kept until the response is written. The
//! framework then sees an unread body, announces that it closes the connection, and closes it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

use crate::http::held_body::holding;

pub async fn unread_body(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let (request, payload) = request.into_parts();
    let payload = Rc::new(RefCell::new(payload));
    let reader: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
        Box::pin(Reader(Rc::clone(&payload)));
    let reader = Payload::Stream { payload: reader };
    let response = next.call(ServiceRequest::from_parts(request, reader)).await?.map_into_boxed_body();
    Ok(holding(response, payload))
}

/// The body that the handler reads.
struct Reader(Rc<RefCell<Payload>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
}
