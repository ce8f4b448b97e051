//! Ended spans on their way to the collector: a bounded queue, and a task that sends what is in it in batches.
//!
//! A request never waits for this. Where the queue is full, because the collector is slow or gone, spans are dropped and
//! counted.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prost::Message;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::telemetry::metrics::TraceMetrics;

/// Spans that may wait for the collector.
const QUEUE: usize = 2_048;
/// The largest batch.
const MOST: usize = 512;
/// How often a batch is sent.
const ATTEMPTS: u32 = 3;

/// The times of the exporter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long an incomplete batch waits for more.
    pub linger: Duration,
    /// The pause after the first failure, which doubles with each.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { linger: Duration::from_secs(1), pause: Duration::from_secs(1) }
    }
}

/// The outcome of sending a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Accepted,
    /// It may be accepted later: the collector is overloaded or cannot be reached.
    Postponed,
    Refused,
}

/// Sends batches. A port, because calls to services are made in a layer above.
#[async_trait]
pub trait Collector: Send + Sync + 'static {
    /// `batch` is an `ExportTraceServiceRequest` in protobuf.
    async fn send(&self, batch: Vec<u8>) -> Delivery;
}

/// The running exporter.
#[derive(Debug)]
pub struct ExportTask {
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

impl ExportTask {
    /// Sends what has queued, once, and ends.
    pub async fn flush(self) {
        self.stop.notify_one();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the export of traces did not stop cleanly");
        }
    }
}

pub(super) fn start(
    resource: &Resource,
    collector: Arc<dyn Collector>,
    metrics: TraceMetrics,
    pace: Pace,
) -> (Queue, ExportTask) {
    let (sender, spans) = mpsc::channel(QUEUE);
    let stop = Arc::new(Notify::new());
    let exporter = Exporter {
        spans,
        batch: Vec::with_capacity(MOST),
        resource: resource.into(),
        collector,
        metrics: metrics.clone(),
        pace,
        stop: Arc::clone(&stop),
        stopping: false,
    };
    let task = tokio::spawn(exporter.run());
    (Queue { sender, metrics }, ExportTask { stop, task })
}

/// The end of a span puts it here.
pub(super) struct Queue {
    sender: mpsc::Sender<SpanData>,
    metrics: TraceMetrics,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.sender.try_send(span).is_err() {
            self.metrics.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Queue")
    }
}

struct Exporter {
    spans: mpsc::Receiver<SpanData>,
    batch: Vec<SpanData>,
    resource: ResourceAttributesWithSchema,
    collector: Arc<dyn Collector>,
    metrics: TraceMetrics,
    pace: Pace,
    stop: Arc<Notify>,
    stopping: bool,
}

impl Exporter {
    async fn run(mut self) {
        while self.gather().await {
            self.export().await;
        }
    }

    /// Waits for a span, and a while for more. False once no more can come.
    async fn gather(&mut self) -> bool {
        if !self.receive(None).await {
            return false;
        }
        let until = Instant::now() + self.pace.linger;
        while !self.stopping && self.batch.len() < MOST && self.receive(Some(until)).await {}
        true
    }

    /// Takes what has queued. False if that is nothing: there will be no more, or the time is over.
    async fn receive(&mut self, until: Option<Instant>) -> bool {
        loop {
            let room = MOST - self.batch.len();
            let received = self.spans.recv_many(&mut self.batch, room);
            if self.stopping {
                return received.await > 0;
            }
            let received = async {
                match until {
                    Some(until) => timeout_at(until, received).await.unwrap_or(0),
                    None => received.await,
                }
            };
            tokio::select! {
                biased;
                count = received => return count > 0,
                () = self.stop.notified() => {
                    self.stopping = true;
                    self.spans.close();
                }
            }
        }
    }

    async fn export(&mut self) {
        let spans = std::mem::take(&mut self.batch);
        let count = spans.len() as u64;
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let request = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        if self.deliver(request).await {
            self.metrics.exported.inc_by(count);
        } else {
            self.metrics.failed.inc_by(count);
            tracing::debug!(spans = count, "the collector did not take spans");
        }
    }

    /// Tries again what is postponed, but not while the server stops.
    async fn deliver(&mut self, request: Vec<u8>) -> bool {
        let mut pause = self.pace.pause;
        for attempt in 1..=ATTEMPTS {
            match self.collector.send(request.clone()).await {
                Delivery::Accepted => return true,
                Delivery::Refused => return false,
                Delivery::Postponed if self.stopping || attempt == ATTEMPTS => return false,
                Delivery::Postponed => {}
            }
            if timeout(pause, self.stop.notified()).await.is_ok() {
                self.stopping = true;
                self.spans.close();
            }
            pause *= 2;
        }
        false
    }
}
