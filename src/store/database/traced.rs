//! Spans of what requests do in the database.

use crate::store::session::family_write::BatchedWrite;
use crate::store::{Store, StoreError};
use crate::telemetry::trace::Span;

impl Store {
    /// One unit of work for the present request.
    pub(in crate::store) fn unit_span(&self) -> Span {
        let span = Span::current().call("database");
        span.set("db.system.name", self.system_name());
        span
    }

    /// A batch, as each of the traced requests sees it that have a write in it.
    pub fn batch_spans<'a, W: BatchedWrite>(
        &self,
        requests: impl Iterator<Item = &'a Span>,
        size: usize,
    ) -> Vec<Span> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let spans = requests.filter(|span| span.is_recorded()).map(|request| {
            let span = request.call("database");
            span.set("db.system.name", self.system_name());
            span.set("db.operation.name", W::OPERATION);
            span.set("db.operation.batch.size", size);
            span
        });
        spans.collect()
    }

    /// As OpenTelemetry's conventions name it.
    fn system_name(&self) -> &'static str {
        if self.is_sqlite() { "sqlite" } else { "postgresql" }
    }
}

/// Ends the span of a unit of work.
pub(in crate::store) fn ended<T>(span: Span, result: &Result<T, StoreError>) {
    if let Err(error) = result {
        span.fail(error.kind());
    }
    drop(span);
}
