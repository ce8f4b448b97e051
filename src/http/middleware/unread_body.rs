//! Closes the connection of a request with a chunked body that was answered before the end of the body.
//!
//! The framework does so for a body of known length. A chunked body without a reader it drains, without any time-out, so
//! that a client could keep connections for ever. Therefore the reader is kept until the response is written. The
//! framework then sees an unread body, announces that it closes the connection, and closes it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

/// The request, and what is to be kept until its response is written: the reader of a chunked body.
pub fn keep(request: ServiceRequest) -> (ServiceRequest, Option<Rc<RefCell<Payload>>>) {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return (request, None);
    }
    let (request, payload) = request.into_parts();
    let payload = Rc::new(RefCell::new(payload));
    let reader: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
        Box::pin(Reader(Rc::clone(&payload)));
    let request = ServiceRequest::from_parts(request, Payload::Stream { payload: reader });
    (request, Some(payload))
}

/// The body that the handler reads.
struct Reader(Rc<RefCell<Payload>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
}
