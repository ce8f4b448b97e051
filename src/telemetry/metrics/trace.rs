//! Metrics of the export of traces.

use prometheus::IntCounter;

use super::Maker;

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
        let of = |outcome: &str| spans.with_label_values(&[outcome]);
        Ok(Self { exported: of("exported"), dropped: of("dropped"), failed: of("failed") })
    }
}
