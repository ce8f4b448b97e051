//! Metrics of the export of traces.

use prometheus::IntCounter;

use super::Maker;

/// How an ended span left this process.
#[derive(Clone, Copy)]
enum SpanOutcome {
    Exported,
    Dropped,
    Failed,
}

impl SpanOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Exported => "exported",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
        }
    }
}

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
