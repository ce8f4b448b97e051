//! A span, as the server's code sees it.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::Either;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

tokio::task_local! {
    static CURRENT: Span;
}

/// A step of a sampled request, or nothing for all other requests. Clones are the same span, which ends when the last of
/// them is dropped: also if a client hangs up and its future is dropped.
#[derive(Clone, Default)]
pub struct Span(Option<Arc<Recorded>>);

struct Recorded {
    context: Context,
    tracer: SdkTracer,
}

impl Span {
    /// No span: nothing is recorded, and its children are no spans either.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Starts a span, unless the sampler decides against it.
    pub(super) fn start(tracer: &SdkTracer, builder: SpanBuilder, parent: &Context) -> Self {
        let span = tracer.build_with_context(builder, parent);
        if !span.is_recording() {
            return Self::none();
        }
        let context = Context::new().with_span(span);
        Self(Some(Arc::new(Recorded { context, tracer: tracer.clone() })))
    }

    /// The span that the present task works for.
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    /// Runs work for this span: [`Span::current`] gives it there.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        match self.0 {
            None => Either::Left(work),
            Some(_) => Either::Right(CURRENT.scope(self, work)),
        }
    }

    /// A step within this one.
    pub fn child(&self, name: &'static str) -> Self {
        self.start_child(name, SpanKind::Internal)
    }

    /// A call to something outside of this process.
    pub fn call(&self, name: &'static str) -> Self {
        self.start_child(name, SpanKind::Client)
    }

    fn start_child(&self, name: &'static str, kind: SpanKind) -> Self {
        self.0.as_ref().map_or_else(Self::none, |parent| {
            let builder = SpanBuilder::from_name(name).with_kind(kind);
            Self::start(&parent.tracer, builder, &parent.context)
        })
    }

    pub const fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Adds an attribute: an id, a number or a word of the program, never what a person has typed and never a secret.
    pub fn set(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(recorded) = &self.0 {
            recorded.context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    /// Replaces the name that the span was started with.
    pub fn rename(&self, name: String) {
        if let Some(recorded) = &self.0 {
            recorded.context.span().update_name(name);
        }
    }

    /// The step has failed, for a reason of a known set (`error.type` of OpenTelemetry's conventions).
    pub fn fail(&self, reason: &'static str) {
        if let Some(recorded) = &self.0 {
            let span = recorded.context.span();
            span.set_attribute(KeyValue::new("error.type", reason));
            span.set_status(Status::error(reason));
        }
    }

    /// The span ends now, also if clones of it are left.
    pub fn end(self) {
        if let Some(recorded) = &self.0 {
            recorded.context.span().end();
        }
    }

    /// The id of the trace, for the request's log line.
    pub fn trace_id(&self) -> Option<String> {
        self.0.as_ref().map(|recorded| recorded.context.span().span_context().trace_id().to_string())
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_recorded() { "Span(recorded)" } else { "Span(none)" })
    }
}
