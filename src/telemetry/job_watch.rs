//! When each background job last succeeded in this process, for the health report.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// A job may fail as many turns in a row before it counts as overdue.
const TURNS: u32 = 3;
/// A job that runs often is given this much time nevertheless.
const LEAST: Duration = Duration::from_secs(15 * 60);

/// The jobs of this process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct JobWatch(Arc<Mutex<BTreeMap<&'static str, Watched>>>);

#[derive(Clone, Copy, Debug)]
struct Watched {
    period: Duration,
    /// The last success, or the start of the process before the first.
    since: Instant,
}

impl JobWatch {
    /// The job is to succeed once in each period from now on.
    pub fn begin(&self, job: &'static str, period: Duration, now: Instant) {
        self.0.lock().insert(job, Watched { period, since: now });
    }

    pub fn succeeded(&self, job: &str, now: Instant) {
        if let Some(watched) = self.0.lock().get_mut(job) {
            watched.since = now;
        }
    }

    /// The number of jobs.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// The jobs that have not succeeded for three of their periods, and for 15 minutes at least.
    pub fn overdue(&self, now: Instant) -> Vec<&'static str> {
        let is_overdue = |watched: &Watched| {
            now.saturating_duration_since(watched.since) > LEAST.max(watched.period.saturating_mul(TURNS))
        };
        let jobs = self.0.lock();
        jobs.iter().filter(|(_, watched)| is_overdue(watched)).map(|(job, _)| *job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_job_is_overdue_after_three_periods_and_no_sooner_than_a_quarter_of_an_hour() {
        let (watch, start) = (JobWatch::default(), Instant::now());
        watch.begin("often", MINUTE, start);
        watch.begin("seldom", 60 * MINUTE, start);
        assert_eq!(watch.len(), 2);
        assert!(watch.overdue(start + 15 * MINUTE).is_empty());
        assert_eq!(watch.overdue(start + 16 * MINUTE), ["often"]);
        watch.succeeded("often", start + 170 * MINUTE);
        assert!(watch.overdue(start + 180 * MINUTE).is_empty());
        assert_eq!(watch.overdue(start + 181 * MINUTE), ["seldom"]);
    }

    #[test]
    fn a_job_that_is_not_expected_is_not_watched() {
        let watch = JobWatch::default();
        watch.succeeded("purge_outbox", Instant::now());
        assert_eq!(watch.len(), 0);
    }
}
