//! Counts that all nodes share, in Redis: one script for each key, which runs as a whole and by the time of Redis.
//!
//! No request waits for Redis longer than `redis.timeout`. After one answer that was late or missing, the counters are not
//! asked again until a probe was answered in time, so that Redis delays few requests however it fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use prometheus::IntGauge;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Pipeline, RedisError, RedisResult};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::bucket::Bucket;
use crate::secret::Secret;

/// How long a connection may take, with TLS and authentication.
const CONNECTING: Duration = Duration::from_secs(2);
/// How often Redis is probed.
const PROBED_EVERY: Duration = Duration::from_secs(1);

const SCRIPT: &str = include_str!("count.lua");
const PREFIX: &str = "kindred:throttle";

/// What is to be counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells(i8);

impl Cells {
    pub const ONE: Self = Self(1);
    pub const GIVEN_BACK: Self = Self(-1);
}

/// What the script has answered for a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Until there is room; zero if it was counted.
    pub wait: Duration,
    /// The time in which the bucket becomes empty.
    pub level: Duration,
}

impl Answer {
    pub fn is_full(&self) -> bool {
        !self.wait.is_zero()
    }
}

/// The server cannot use `redis.url`.
#[derive(Debug, thiserror::Error)]
#[error("redis.url cannot be used: {0}")]
pub struct RedisUrlError(#[from] RedisError);

/// Why Redis is not asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no answer in time")]
    Late,
    #[error(transparent)]
    Redis(#[from] RedisError),
}

/// See the module's description.
pub struct SharedCounters {
    client: Client,
    /// How long Redis may take for an answer.
    timeout: Duration,
    /// Absent while Redis is not asked.
    connection: RwLock<Option<MultiplexedConnection>>,
    /// 1 while Redis is asked.
    up: IntGauge,
    /// How long the last answer to a probe took, in microseconds.
    took: AtomicU64,
}

impl SharedCounters {
    /// Counters that are not connected yet.
    ///
    /// # Errors
    /// [`RedisUrlError`]
    pub fn new(url: &Secret<String>, timeout: Duration, up: IntGauge) -> Result<Self, RedisUrlError> {
        up.set(0);
        let client = Client::open(url.expose().as_str())?;
        Ok(Self { client, timeout, connection: RwLock::default(), up, took: AtomicU64::new(0) })
    }

    /// Connects once and asks for a sign of life; tells how long that took.
    ///
    /// # Errors
    /// Why Redis cannot be used, in words.
    pub async fn try_out(&self) -> Result<Duration, String> {
        self.connect().await.map_err(|failure| failure.to_string())?;
        Ok(self.took())
    }

    /// Whether the counters are shared at present.
    pub fn is_up(&self) -> bool {
        self.connection.read().is_some()
    }

    /// How long the last answer to a probe took.
    pub fn took(&self) -> Duration {
        Duration::from_micros(self.took.load(Ordering::Relaxed))
    }

    /// Counts in each of these buckets by itself. `None` if the node has to count alone.
    pub(super) async fn count(&self, buckets: &[Bucket], cells: Cells) -> Option<Vec<Answer>> {
        let mut connection = self.connection.read().clone()?;
        let mut pipeline = Pipeline::with_capacity(buckets.len());
        for Bucket { rule, network, limit } in buckets {
            let key = format!("{PREFIX}:{}:{network}", rule.as_str());
            let interval = limit.interval().as_micros() as u64;
            pipeline.cmd("EVAL").arg(SCRIPT).arg(1).arg(key).arg(interval).arg(limit.burst).arg(cells.0);
        }
        match self.in_time(pipeline.query_async::<Vec<(u64, u64)>>(&mut connection)).await {
            Ok(answers) => {
                let micros = Duration::from_micros;
                let answer = |(wait, level)| Answer { wait: micros(wait), level: micros(level) };
                Some(answers.into_iter().map(answer).collect())
            }
            Err(failure) => {
                self.lose(&failure);
                None
            }
        }
    }

    /// Connects, and keeps the connection probed until the task is aborted. The first probe has been made when this
    /// returns, so that a node counts with the others from its first request on.
    pub async fn keep_connected(self: &Arc<Self>) -> JoinHandle<()> {
        if let Err(failure) = self.connect().await {
            tracing::warn!(%failure, "cannot reach Redis; limits by network are counted by each node");
        }
        let counters = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PROBED_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                counters.probe().await;
            }
        })
    }

    async fn probe(&self) {
        let connection = self.connection.read().clone();
        match connection {
            Some(mut connection) => {
                if let Err(failure) = self.ping(&mut connection).await {
                    self.lose(&failure);
                }
            }
            None => match self.connect().await {
                Ok(()) => {
                    tracing::info!("Redis answers; limits by network are counted for all nodes together")
                }
                Err(failure) => tracing::debug!(%failure, "Redis is still away"),
            },
        }
    }

    async fn connect(&self) -> Result<(), Failure> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(self.timeout));
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = timeout(CONNECTING, connecting).await.map_err(|_| Failure::Late)??;
        self.ping(&mut connection).await?;
        *self.connection.write() = Some(connection);
        self.up.set(1);
        Ok(())
    }

    async fn in_time<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> Result<T, Failure> {
        Ok(timeout(self.timeout, answer).await.map_err(|_| Failure::Late)??)
    }

    async fn ping(&self, connection: &mut MultiplexedConnection) -> Result<(), Failure> {
        let asked = Instant::now();
        self.in_time(redis::cmd("PING").query_async::<()>(connection)).await?;
        self.took.store(asked.elapsed().as_micros() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// From now on this node counts alone, until a probe succeeds.
    fn lose(&self, failure: &Failure) {
        if self.connection.write().take().is_some() {
            self.up.set(0);
            tracing::warn!(%failure, "Redis does not answer; limits by network are counted by each node");
        }
    }
}

impl std::fmt::Debug for SharedCounters {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SharedCounters").field("is_up", &self.is_up()).finish_non_exhaustive()
    }
}
