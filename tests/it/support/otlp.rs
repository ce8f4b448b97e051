//! A collector of traces: it decodes the OTLP that it receives.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message;

use super::eventually::eventually;
use super::fake_http::{Answer, FakeHttp, Request};

/// A running collector, which takes everything.
pub struct Collector(FakeHttp);

impl Collector {
    pub async fn start() -> Collector {
        Collector(FakeHttp::start(|_| Answer::status(200, "")).await)
    }

    pub fn url(&self) -> &str {
        self.0.url()
    }

    /// The requests as they came.
    pub fn requests(&self) -> Vec<Request> {
        self.0.requests()
    }

    pub fn resources(&self) -> Vec<ResourceSpans> {
        let decode = |request: Request| {
            assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
            assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
            ExportTraceServiceRequest::decode(request.body.as_slice()).expect("an export of spans")
        };
        self.requests().into_iter().map(decode).flat_map(|request| request.resource_spans).collect()
    }

    /// All spans of a trace, by its id in hexadecimal.
    pub fn trace(&self, id: &str) -> Vec<Span> {
        let scopes = self.resources().into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).filter(|span| hex::encode(&span.trace_id) == id).collect()
    }

    /// Waits until a trace has so many spans.
    pub async fn whole_trace(&self, id: &str, spans: usize) -> Vec<Span> {
        eventually(&format!("the trace {id} has {spans} spans"), async || {
            let trace = self.trace(id);
            (trace.len() >= spans).then_some(trace)
        })
        .await
    }
}

/// The value of an attribute, as text.
pub fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    Some(match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        other => panic!("{key} is {other:?}"),
    })
}
