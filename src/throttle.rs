//! Rate limits by network, and of the refreshes of one session.
//!
//! Of logins only the failures count. An attempt is counted before it is evaluated and given back when it was right, so
//! that parallel guesses are never evaluated more often than the limit allows. An attempt that finds no room waits for
//! those that are being evaluated, since these may turn out right.
//!
//! Each node counts in memory. With Redis, the counts of all nodes are in one place, and a node's own are a copy that it
//! goes on with while Redis is away. What is exact by account is in the database (`store::credential`).

mod attempt;
mod bucket;
mod gate;
mod meter;
mod meters;
mod shared;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

pub use self::attempt::Attempt;
use self::attempt::InFlight;
use self::bucket::Bucket;
pub use self::gate::{ChallengeGate, Verdict};
pub use self::meter::Left;
use self::meter::Meter;
use self::meters::Meters;
use self::shared::{Answer, Cells};
pub use self::shared::{RedisUrlError, SharedCounters};
use crate::clock::Clock;
use crate::config;
use crate::model::throttle::{Limit, Network, Rule};
use crate::telemetry::metrics::Metrics;

/// How often counts are forgotten that no longer matter.
const SWEPT_EVERY: Duration = Duration::from_secs(60);

/// The networks that a client is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Networks {
    customer: Network,
    site: Option<Network>,
}

impl Networks {
    pub fn of(address: IpAddr) -> Self {
        Self { customer: Network::customer(address), site: Network::site(address) }
    }
}

/// A limit is reached, and nothing was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many ({}); try again in {wait:?}", .rule.as_str())]
pub struct Exceeded {
    pub rule: Rule,
    /// Until there is room for one more.
    pub wait: Duration,
}

impl Exceeded {
    /// Whole seconds, rounded up.
    pub fn retry_after(&self) -> u32 {
        u32::try_from(self.wait.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
    }
}

/// Why an attempt is not evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Throttled {
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// The request must bring the answer to a challenge, or wait until the limit has room again.
    #[error("a challenge must be solved, or: {0}")]
    ChallengeRequired(Exceeded),
    #[error("the answer to the challenge is wrong, or was used before; {0}")]
    ChallengeInvalid(Exceeded),
}

impl Throttled {
    const fn rule(&self) -> Rule {
        match self {
            Self::Exceeded(exceeded)
            | Self::ChallengeRequired(exceeded)
            | Self::ChallengeInvalid(exceeded) => exceeded.rule,
        }
    }
}

/// What decides about requests, besides the settings.
pub struct ThrottleParts {
    pub clock: Arc<dyn Clock>,
    pub metrics: Metrics,
    /// Counts that all nodes share.
    pub shared: Option<Arc<SharedCounters>>,
    /// Absent where no challenge can be asked for: then the limits refuse at once.
    pub gate: Option<Arc<dyn ChallengeGate>>,
    /// Whether clients on the loopback interface have no limits by network: for development.
    pub exempts_loopback: bool,
}

/// See the module's description.
pub struct Throttle {
    enabled: bool,
    meters: Meters,
    refreshes: Meter<Uuid>,
    in_flight: Arc<InFlight>,
    parts: ThrottleParts,
}

impl Throttle {
    pub fn new(config: &config::Throttle, parts: ThrottleParts) -> Self {
        let clock = &parts.clock;
        Self {
            enabled: config.enabled,
            meters: Meters::new(config, clock),
            refreshes: Meter::new(config.refresh, config.max_counted, Arc::clone(clock)),
            in_flight: Arc::default(),
            parts,
        }
    }

    /// The networks of a client that limits hold for.
    pub fn networks(&self, address: Option<IpAddr>) -> Option<Networks> {
        let is_exempt =
            |address: &IpAddr| self.parts.exempts_loopback && address.to_canonical().is_loopback();
        address.filter(|address| self.enabled && !is_exempt(address)).map(Networks::of)
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Exceeded`]
    pub async fn count(&self, rule: Rule, networks: Networks) -> Result<(), Exceeded> {
        let counted = self.take(&[rule], networks).await;
        counted.map(|_| ()).inspect_err(|exceeded| self.note_refused(exceeded.rule))
    }

    /// Counts a refresh of a session whose token is ours.
    ///
    /// # Errors
    /// The time until the next one is possible; then nothing was counted.
    pub fn count_refresh(&self, family: Uuid) -> Result<(), Duration> {
        if self.enabled { self.refreshes.take(&family) } else { Ok(()) }
    }

    /// The limit of a rule for a customer's network, and what is left of it as far as this node knows.
    pub fn left(&self, rule: Rule, networks: Networks) -> (Limit, Left) {
        self.meters.left(rule, networks)
    }

    /// The counts that are shared with other nodes; `None` without Redis.
    pub fn shared(&self) -> Option<&SharedCounters> {
        self.parts.shared.as_deref()
    }

    /// Forgets what no longer counts, and keeps the connection with Redis, until the tasks are aborted.
    pub async fn keep_up(self: &Arc<Self>) -> Vec<JoinHandle<()>> {
        let mut jobs = vec![self.keep_swept()];
        if let Some(shared) = &self.parts.shared {
            jobs.push(shared.keep_connected().await);
        }
        jobs
    }

    fn keep_swept(self: &Arc<Self>) -> JoinHandle<()> {
        let throttle = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(SWEPT_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                throttle.meters.sweep();
                throttle.refreshes.sweep();
            }
        })
    }

    fn note_refused(&self, rule: Rule) {
        self.parts.metrics.rate_limited.with_label_values(&[rule.as_str()]).inc();
    }

    /// Counts for all of these rules and networks, or for none.
    async fn take(&self, rules: &[Rule], networks: Networks) -> Result<Counter, Exceeded> {
        let buckets = self.meters.buckets(rules, networks);
        if let Some(shared) = &self.parts.shared
            && let Some(answers) = shared.count(&buckets, Cells::ONE).await
        {
            self.settle_shared(shared, &buckets, &answers).await?;
            return Ok(Counter::Shared);
        }
        self.meters.take(&buckets)?;
        Ok(Counter::Node)
    }

    /// Remembers what the shared counters say. If one of them is full, the others are given back.
    async fn settle_shared(
        &self,
        shared: &SharedCounters,
        buckets: &[Bucket],
        answers: &[Answer],
    ) -> Result<(), Exceeded> {
        self.meters.learn(buckets, answers);
        let pairs = || buckets.iter().zip(answers);
        let Some((full, answer)) = pairs().find(|(_, answer)| answer.is_full()) else { return Ok(()) };
        let counted = pairs().filter(|(_, answer)| !answer.is_full()).map(|(bucket, _)| *bucket);
        self.give_back_shared(shared, &counted.collect::<Vec<_>>()).await;
        Err(Exceeded { rule: full.rule, wait: answer.wait })
    }

    async fn give_back(&self, counter: Counter, rules: &[Rule], networks: Networks) {
        let buckets = self.meters.buckets(rules, networks);
        match (counter, &self.parts.shared) {
            (Counter::Shared, Some(shared)) => self.give_back_shared(shared, &buckets).await,
            _ => self.meters.give_back(&buckets),
        }
    }

    async fn give_back_shared(&self, shared: &SharedCounters, buckets: &[Bucket]) {
        match shared.count(buckets, Cells::GIVEN_BACK).await {
            Some(answers) => self.meters.learn(buckets, &answers),
            None => self.meters.give_back(buckets),
        }
    }
}

/// Who has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counter {
    Node,
    Shared,
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Throttle").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ThrottleParts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ThrottleParts")
    }
}

#[cfg(test)]
mod tests;
