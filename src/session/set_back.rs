//! The alarm that the database was set back: by a failover to a server that had not received everything, or by a backup
//! that was restored.
//!
//! Much shows it at once: the revocation log, and each session whose client holds a token that the database has never
//! issued. It is one event, and one alarm.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::telemetry::metrics::Metrics;

/// Evidence within this time belongs to the same event.
const ONE_EVENT: Duration = Duration::from_secs(10 * 60);

/// Shared by all who may find evidence.
#[derive(Debug)]
pub struct SetBackAlarm {
    metrics: Metrics,
    last: Mutex<Option<Instant>>,
}

impl SetBackAlarm {
    pub fn new(metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), last: Mutex::default() }
    }

    /// Counts the event and writes it to the log, unless this is further evidence of one that was told already.
    pub fn raise(&self, evidence: &'static str) {
        let before = self.last.lock().replace(Instant::now());
        if before.is_some_and(|before| before.elapsed() < ONE_EVENT) {
            tracing::debug!(evidence, "the database was set back");
            return;
        }
        self.metrics.revocation.set_back.inc();
        tracing::error!(
            evidence,
            "the database was set back to an earlier state: by a failover that lost commits, or by a restored backup"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_evidence_is_one_event() {
        let metrics = Metrics::new().unwrap();
        let alarm = SetBackAlarm::new(&metrics);
        for _ in 0..100 {
            alarm.raise("a test");
        }
        assert_eq!(metrics.revocation.set_back.get(), 1);
    }
}
