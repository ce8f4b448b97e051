//! `outbox.*`: how often and how fast messages are sent.

use std::time::Duration;

use super::{Reader, setting};

#[derive(Clone, Debug)]
pub struct Outbox {
    /// The number of attempts after which a message becomes a dead letter.
    pub max_attempts: u32,
    /// The pause after the first failure. It doubles with each further one, with jitter.
    pub retry_base: Duration,
    /// The longest pause between two attempts.
    pub retry_max: Duration,
    /// How long a node has for a message before another node may take it.
    pub lease: Duration,
    /// How often the outbox is read when nothing has woken the worker.
    pub poll_interval: Duration,
    /// The number of messages that are sent at the same time.
    pub batch: u32,
}

impl Outbox {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.section("Outbox");
        let time = |key, meaning| {
            setting(key, meaning).between(Duration::from_millis(10), Duration::from_secs(86_400))
        };
        let outbox = Self {
            max_attempts: reader.value(
                setting(
                    "outbox.max_attempts",
                    "The number of attempts after which a message becomes a dead letter.",
                )
                .between(1, 100),
                10,
            ),
            retry_base: reader.value(
                time(
                    "outbox.retry_base",
                    "The pause after the first failure. It doubles with each further one, with jitter.",
                ),
                Duration::from_secs(5),
            ),
            retry_max: reader.value(
                time("outbox.retry_max", "The longest pause between two attempts.")
                    .note("at least `outbox.retry_base`"),
                Duration::from_secs(3600),
            ),
            lease: reader.value(
                time("outbox.lease", "How long a node has for a message before another node may take it."),
                Duration::from_secs(120),
            ),
            poll_interval: reader.value(
                time(
                    "outbox.poll_interval",
                    "How often the outbox is read when nothing has woken the worker.",
                ),
                Duration::from_secs(1),
            ),
            batch: reader.value(
                setting(
                    "outbox.batch",
                    "The number of messages that are sent at the same time, and so of connections to a \
                    mail relay at most.",
                )
                .between(1, 256),
                16,
            ),
        };
        reader.check(
            "outbox.retry_max",
            outbox.retry_base <= outbox.retry_max,
            "must not be shorter than outbox.retry_base",
        );
        outbox
    }
}
