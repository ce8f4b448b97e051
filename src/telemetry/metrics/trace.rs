//! Metrics of the export of traces.

use prometheus::IntCounter;

use super::Maker;
use super::words::SpanOutcome;

#[derive(Clone)]
pub struct TraceMetrics {
    pub exported: IntCounter,
    /// The queue was full.
    pub dropped: IntCounter,
    /// The collector did not take them.
    pub failed: IntCounter,
}

impl TraceMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let spans =
            make.counters("auth_trace_spans_total", "Ended spans of sampled requests.", &["outcome"])?;
        let of = |outcome: SpanOutcome| spans.with_label_values(&[outcome.as_str()]);
        Ok(Self {
            exported: of(SpanOutcome::Exported),
            dropped: of(SpanOutcome::Dropped),
            failed: of(SpanOutcome::Failed),
        })
    }
}
