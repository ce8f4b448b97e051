//! Sampling, the bounded queue and the export, with a collector of the test's own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::Semaphore;

use super::export::Pace;
use super::sampler::Room;
use super::*;
use crate::telemetry::metrics::{Metrics, TraceMetrics};

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Answers with the deliveries in their order, and then accepts. A batch waits until the test lets it in.
struct TestCollector {
    answers: Mutex<Vec<Delivery>>,
    batches: Mutex<Vec<Vec<u8>>>,
    open: Semaphore,
    /// One for each batch that was answered.
    sent: Semaphore,
}

impl TestCollector {
    fn new(answers: &[Delivery], open: usize) -> Arc<Self> {
        let answers = Mutex::new(answers.to_vec());
        Arc::new(Self {
            answers,
            batches: Mutex::default(),
            open: Semaphore::new(open),
            sent: Semaphore::new(0),
        })
    }

    /// The names of all spans that arrived.
    fn names(&self) -> Vec<String> {
        let batches = self.batches.lock();
        let requests =
            batches.iter().map(|batch| ExportTraceServiceRequest::decode(batch.as_slice()).unwrap());
        let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|spans| spans.scope_spans);
        scopes.flat_map(|scope| scope.spans).map(|span| span.name).collect()
    }
}

#[async_trait]
impl Collector for TestCollector {
    async fn send(&self, batch: Vec<u8>) -> Delivery {
        self.open.acquire().await.unwrap().forget();
        let mut answers = self.answers.lock();
        let answer = if answers.is_empty() { Delivery::Accepted } else { answers.remove(0) };
        if answer == Delivery::Accepted {
            self.batches.lock().push(batch);
        }
        self.sent.add_permits(1);
        answer
    }
}

fn start(ratio: f64, collector: &Arc<TestCollector>) -> (Tracing, ExportTask, TraceMetrics) {
    let metrics = Metrics::new().unwrap().trace;
    let service = Service { instance: "one".to_owned(), environment: "development".to_owned() };
    let pace = Pace { linger: Duration::from_millis(1), pause: Duration::from_millis(1) };
    let port = Arc::clone(collector) as Arc<dyn Collector>;
    let (tracing, task) = Tracing::start_at_pace(ratio, &service, port, metrics.clone(), pace);
    (tracing, task, metrics)
}

fn counts(metrics: &TraceMetrics) -> (u64, u64, u64) {
    (metrics.exported.get(), metrics.dropped.get(), metrics.failed.get())
}

#[tokio::test]
async fn a_caller_s_trace_is_continued() {
    let collector = TestCollector::new(&[], 10);
    let (tracing, task, metrics) = start(0.000_001, &collector);
    let request = tracing.request(Some(SAMPLED));
    assert_eq!(request.trace_id().as_deref(), Some(TRACE_ID));
    request.clone().scope(async { Span::current().child("inner").set("kindred.number", 1) }).await;
    request.end();
    task.flush().await;
    assert_eq!(collector.names(), ["inner", "request"]);
    assert_eq!(counts(&metrics), (2, 0, 0));
    let batch = ExportTraceServiceRequest::decode(collector.batches.lock()[0].as_slice()).unwrap();
    let resource = batch.resource_spans[0].resource.as_ref().unwrap();
    let keys: Vec<&str> = resource.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    for key in ["service.name", "service.version", "service.instance.id", "deployment.environment.name"] {
        assert!(keys.contains(&key), "{key}: {keys:?}");
    }
}

#[tokio::test]
async fn what_is_not_sampled_has_no_spans() {
    let collector = TestCollector::new(&[], 10);
    let (tracing, task, metrics) = start(1.0, &collector);
    let request = tracing.request(Some(UNSAMPLED));
    assert!(!request.is_recorded() && !request.child("inner").is_recorded());
    assert!(!Span::current().is_recorded());
    for nonsense in ["", "00", "00-0-0-01", "00-00000000000000000000000000000000-0000000000000000-01"] {
        let request = tracing.request(Some(nonsense));
        assert!(request.is_recorded() && request.trace_id().as_deref() != Some(TRACE_ID), "{nonsense}");
    }
    task.flush().await;
    assert_eq!(counts(&metrics), (4, 0, 0));
    assert!(!Tracing::default().request(Some(SAMPLED)).is_recorded());
}

#[tokio::test]
async fn a_ratio_of_zero_exports_nothing() {
    let collector = TestCollector::new(&[], 10);
    let (tracing, task, metrics) = start(0.0, &collector);
    for traceparent in [None, Some(SAMPLED), Some(UNSAMPLED)] {
        assert!(!tracing.request(traceparent).is_recorded(), "{traceparent:?}");
    }
    task.flush().await;
    assert!(collector.names().is_empty());
    assert_eq!(counts(&metrics), (0, 0, 0));
}

#[tokio::test]
async fn about_the_ratio_is_sampled() {
    let collector = TestCollector::new(&[], usize::MAX >> 4);
    let (tracing, task, _) = start(0.25, &collector);
    let sampled = (0..4_000).filter(|_| tracing.request(None).is_recorded()).count();
    // Further off than seven standard deviations.
    assert!((800..1_200).contains(&sampled), "{sampled}");
    task.flush().await;
}

#[tokio::test]
async fn a_full_queue_drops_and_counts() {
    let collector = TestCollector::new(&[], 0);
    let (tracing, task, metrics) = start(1.0, &collector);
    for _ in 0..5_000 {
        tracing.request(None).end();
    }
    assert!(metrics.dropped.get() >= 5_000 - 2_048 - 512, "{}", metrics.dropped.get());
    let dropped = metrics.dropped.get();
    collector.open.add_permits(100);
    task.flush().await;
    assert_eq!(counts(&metrics), (5_000 - dropped, dropped, 0));
}

/// The counts after one span, which the collector gets this often.
async fn outcome(answers: &[Delivery], sends: u32) -> (u64, u64, u64) {
    let collector = TestCollector::new(answers, 100);
    let (tracing, task, metrics) = start(1.0, &collector);
    tracing.request(None).end();
    let _ = collector.sent.acquire_many(sends).await.unwrap();
    task.flush().await;
    assert_eq!(collector.sent.available_permits(), sends as usize, "no further attempts");
    counts(&metrics)
}

#[tokio::test]
async fn what_is_postponed_is_sent_again() {
    use Delivery::{Accepted, Postponed, Refused};
    assert_eq!(outcome(&[Postponed, Postponed, Accepted], 3).await, (1, 0, 0));
    assert_eq!(outcome(&[Refused], 1).await, (0, 0, 1));
    assert_eq!(outcome(&[Postponed, Refused], 2).await, (0, 0, 1));
    assert_eq!(outcome(&[Postponed, Postponed, Postponed], 3).await, (0, 0, 1));
}

#[test]
fn callers_get_as_much_as_a_second_brings() {
    let room = Room::new(3.0);
    let begin = Instant::now();
    let at = |millis| begin + Duration::from_millis(millis);
    assert_eq!([0, 0, 0, 0].map(|millis| room.take(at(millis))), [true, true, true, false]);
    assert!(!room.take(at(300)) && room.take(at(400)) && !room.take(at(400)));
    assert_eq!([60_000; 4].map(|millis| room.take(at(millis))), [true, true, true, false]);
    // A moment that a slower thread has read before changes nothing.
    assert!(!room.take(at(0)) && room.take(at(60_500)));
    assert!(!Room::new(0.0).take(at(60_000)));
}
