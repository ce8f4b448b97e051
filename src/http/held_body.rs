//! A response body that keeps something until it is written, or given up.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::web::Bytes;

/// The response, which drops `held` with its body.
pub fn holding<T: Unpin + 'static>(response: ServiceResponse<BoxBody>, held: T) -> ServiceResponse<BoxBody> {
    response.map_body(|_, body| BoxBody::new(HeldBody { body, _held: held }))
}

struct HeldBody<T> {
    body: BoxBody,
    _held: T,
}

impl<T: Unpin> MessageBody for HeldBody<T> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
