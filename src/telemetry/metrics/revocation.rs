//! Metrics of the revocation log as this node reads it.

use prometheus::IntCounter;

use super::Maker;

#[derive(Clone)]
pub struct RevocationMetrics {
    /// `auth_revocation_log_reads_total`
    pub reads: IntCounter,
    /// `auth_revocation_feed_resets_total`
    pub set_back: IntCounter,
    /// `auth_revocations_written_back_total`
    pub written_back: IntCounter,
}

impl RevocationMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        Ok(Self {
            reads: make.counter(
                "auth_revocation_log_reads_total",
                "Readings of the revocation log that came to its end.",
            )?,
            set_back: make.counter(
                "auth_revocation_feed_resets_total",
                "Times that the database was found in an earlier state.",
            )?,
            written_back: make.counter(
                "auth_revocations_written_back_total",
                "Revocations that this node knew and the database had lost.",
            )?,
        })
    }
}
