//! Metrics of calls to services outside.

use prometheus::{HistogramVec, IntCounterVec};

use super::Maker;

#[derive(Clone)]
pub struct OutgoingMetrics {
    pub requests: IntCounterVec,
    pub duration: HistogramVec,
}

impl OutgoingMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let labels = ["purpose", "outcome"];
        Ok(Self {
            requests: make.counters("auth_outgoing_requests_total", "Calls to services outside.", &labels)?,
            duration: make.histograms(
                "auth_outgoing_duration_seconds",
                "Calls to services outside.",
                &labels,
            )?,
        })
    }
}
