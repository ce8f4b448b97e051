//! Metrics of TLS on the public listener.

use prometheus::{IntCounterVec, IntGaugeVec};

use super::Maker;
use super::words::HandshakeOutcome;

#[derive(Clone)]
pub struct TlsMetrics {
    /// Without a label, and absent as long as there is no certificate.
    pub certificate_expiry: IntGaugeVec,
    pub handshakes: IntCounterVec,
}

impl TlsMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        let metrics = Self {
            certificate_expiry: make.gauges(
                "auth_tls_certificate_expiry_timestamp_seconds",
                "When the TLS certificate expires, since the Unix epoch.",
                &[],
            )?,
            handshakes: make.counters("auth_tls_handshakes_total", "TLS handshakes.", &["outcome"])?,
        };
        for outcome in HandshakeOutcome::ALL {
            metrics.handshakes.with_label_values(&[outcome.as_str()]);
        }
        Ok(metrics)
    }
}
