//! `outbox.*`: how messages are tried, and tried again.

use std::time::Duration;

use super::Reader;

#[derive(Clone, Debug)]
pub struct Outbox {
    /// Tries after which a message is given up and kept as a dead letter.
    pub max_attempts: u32,
    /// Pause after the first failure; it doubles with each further one, with jitter.
    pub retry_base: Duration,
    /// Longest pause between two tries.
    pub retry_max: Duration,
    /// How long a node has for a message that it took; afterwards another one may take it.
    pub lease: Duration,
    /// How often the outbox is looked through when nothing has woken the worker.
    pub poll_interval: Duration,
    /// Messages taken at a time, and sent side by side.
    pub batch: u32,
}

impl Outbox {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let outbox = Self {
            max_attempts: reader.value("outbox.max_attempts", 10),
            retry_base: reader.duration("outbox.retry_base", Duration::from_secs(5)),
            retry_max: reader.duration("outbox.retry_max", Duration::from_secs(3600)),
            lease: reader.duration("outbox.lease", Duration::from_secs(120)),
            poll_interval: reader.duration("outbox.poll_interval", Duration::from_secs(1)),
            batch: reader.value("outbox.batch", 16),
        };
        reader.check(
            "outbox.max_attempts",
            (1..=100).contains(&outbox.max_attempts),
            "must be between 1 and 100",
        );
        reader.check("outbox.batch", (1..=256).contains(&outbox.batch), "must be between 1 and 256");
        let sane = Duration::from_millis(10)..=Duration::from_secs(86_400);
        for (key, span) in [
            ("outbox.retry_base", outbox.retry_base),
            ("outbox.retry_max", outbox.retry_max),
            ("outbox.lease", outbox.lease),
            ("outbox.poll_interval", outbox.poll_interval),
        ] {
            reader.check(key, sane.contains(&span), "must be between 10ms and 1d");
        }
        reader.check(
            "outbox.retry_max",
            outbox.retry_base <= outbox.retry_max,
            "must not be shorter than outbox.retry_base",
        );
        outbox
    }
}
