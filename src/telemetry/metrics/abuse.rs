//! Metrics of what keeps abuse away.

use prometheus::IntCounterVec;

use super::Maker;

#[derive(Clone)]
pub struct AbuseMetrics {
    pub breached_checks: IntCounterVec,
}

impl AbuseMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let metrics = Self {
            breached_checks: make.counters(
                "auth_breached_password_checks_total",
                "New passwords that were looked up among breached ones.",
                &["outcome"],
            )?,
        };
        for outcome in ["clean", "breached", "failed_open"] {
            metrics.breached_checks.with_label_values(&[outcome]);
        }
        Ok(metrics)
    }
}
