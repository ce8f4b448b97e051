//! The health report as metrics.

use prometheus::IntGaugeVec;

use super::Maker;
use crate::model::health_part::HealthPart;

#[derive(Clone)]
pub struct HealthMetrics {
    parts: IntGaugeVec,
}

impl HealthMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let help = "Whether a part of the health report is well: 1, or 0.";
        Ok(Self { parts: make.gauges("auth_health", help, &["part"])? })
    }

    /// A part that is not configured is never told, and has no series.
    pub fn tell(&self, part: HealthPart, is_well: bool) {
        self.parts.with_label_values(&[part.as_str()]).set(i64::from(is_well));
    }
}
