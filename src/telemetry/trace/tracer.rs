//! Where traces begin.

use std::sync::Arc;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanBuilder, SpanKind, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use super::export::{self, Collector, ExportTask, Pace};
use super::sampler::sampler;
use super::span::Span;
use crate::telemetry::metrics::TraceMetrics;

const TRACEPARENT: &str = "traceparent";

/// What the spans of this process tell about it.
#[derive(Clone, Debug)]
pub struct Service {
    /// Differs between the nodes, and between the starts of a node.
    pub instance: String,
    /// `development`, `preview` or `production`.
    pub environment: String,
}

/// Begins the traces of requests. The default begins none.
#[derive(Clone, Debug, Default)]
pub struct Tracing(Option<SdkTracer>);

impl Tracing {
    /// Samples this share of the requests and exports their spans, on the present runtime, until the task is told to
    /// flush.
    pub fn start(
        ratio: f64,
        service: &Service,
        collector: Arc<dyn Collector>,
        metrics: TraceMetrics,
    ) -> (Self, ExportTask) {
        Self::start_at_pace(ratio, service, collector, metrics, Pace::default())
    }

    pub(super) fn start_at_pace(
        ratio: f64,
        service: &Service,
        collector: Arc<dyn Collector>,
        metrics: TraceMetrics,
        pace: Pace,
    ) -> (Self, ExportTask) {
        let resource = resource(service);
        let (queue, task) = export::start(&resource, collector, metrics, pace);
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler(ratio))
            .with_resource(resource)
            .with_span_processor(queue)
            .build();
        (Self(Some(provider.tracer("kindred"))), task)
    }

    /// The span of a request that has just arrived. It continues the trace of its caller (W3C Trace Context §3.2), which
    /// proves nothing about the caller: nothing but the trace depends on it.
    pub fn request(&self, traceparent: Option<&str>) -> Span {
        self.0.as_ref().map_or_else(Span::none, |tracer| {
            let parent = match traceparent {
                Some(value) => {
                    TraceContextPropagator::new().extract_with_context(&Context::new(), &Traceparent(value))
                }
                None => Context::new(),
            };
            let builder = SpanBuilder::from_name("request").with_kind(SpanKind::Server);
            Span::start(tracer, builder, &parent)
        })
    }
}

/// Nothing is read from the environment, unlike the resource that the SDK would make.
fn resource(service: &Service) -> Resource {
    let attributes = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", service.instance.clone()),
        KeyValue::new("deployment.environment.name", service.environment.clone()),
    ];
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_service_name("kindred")
        .with_attributes(attributes)
        .build()
}

/// The one header that is read. `tracestate` is left out, because it is a free text of the caller that would be stored
/// with the spans.
struct Traceparent<'a>(&'a str);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
