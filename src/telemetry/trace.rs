//! Traces: the OpenTelemetry spans of sampled requests, sent to a collector by OTLP over HTTP.
//!
//! A request is sampled when it arrives, and from there its span goes with it: through the task that answers it
//! ([`Span::scope`]), in the message to the actor of its family, and in its entry of the journal. What belongs to no
//! sampled request records nothing, and costs the test of a pointer.
//!
//! The spans are OpenTelemetry's own and not those of the `tracing` crate, so that no log line, and no span of a library,
//! becomes a part of a trace (docs/adr/0031). Attributes are ids, numbers, and words of the program: the rules of the log.

mod export;
mod sampler;
mod span;
mod tracer;

#[cfg(test)]
mod tests;

pub use export::{Collector, Delivery, ExportTask};
pub use span::Span;
pub use tracer::{Service, Tracing};
