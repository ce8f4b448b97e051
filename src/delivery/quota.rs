//! Budgets: how many messages may leave in a day (UTC), in all and to one account.
//!
//! Counted in memory, written together every `quotas.flush_interval`, and read back with what other nodes
//! have spent: no commit for a message. A crash forgets at most what was spent since the last writing;
//! nodes may go beyond a budget by what they spend within one interval.

mod ledger;

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::config::Quotas as Limits;
use crate::model::notice::{Channel, Notice};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::Metrics;
use ledger::{Ledger, Scope};

/// How long the counts of a day are kept, in days.
const KEPT: i64 = 7;

const DAY: i64 = 86_400;

/// See the module's description.
pub struct Quotas {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    limits: Limits,
    ledger: Mutex<Ledger>,
    /// Two writings at a time would add the same increments twice.
    writing: tokio::sync::Mutex<()>,
}

/// A message that was counted, so that it can be given back.
#[derive(Debug)]
pub struct Spent {
    scopes: Vec<Scope>,
    day: i64,
}

/// What keeps a message from being counted.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    #[error("the budget of {0} is used up")]
    OverBudget(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The budgets of today, for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaReport {
    /// Midnight (UTC) when these budgets end.
    pub resets_at: Timestamp,
    pub budgets: Vec<BudgetReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetReport {
    /// `mail` or `sms`.
    pub budget: &'static str,
    /// By all nodes, as far as this one knows.
    pub used: u64,
    pub limit: u64,
    pub limit_per_user: u64,
}

impl Quotas {
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, metrics: Metrics, limits: Limits) -> Self {
        for channel in Channel::ALL {
            let gauge = metrics.quota_limit.with_label_values(&[channel.as_str()]);
            gauge.set(i64::try_from(Scope::all(channel).limit(&limits)).unwrap_or(i64::MAX));
            metrics.quota_refused.with_label_values(&[channel.as_str()]);
        }
        let (ledger, writing) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { store, clock, metrics, limits, ledger, writing }
    }

    /// Counts a message that is about to leave. What warns a user is counted but never held back: else
    /// whoever uses a budget up would keep them from being warned. Its causes bound it: each needs the account's
    /// password or a token of its own, but for the lock, which comes once until it is lifted.
    ///
    /// # Errors
    /// [`QuotaError`]; then nothing was counted.
    pub async fn spend(
        &self,
        channel: Channel,
        user: Option<Uuid>,
        notice: &Notice,
    ) -> Result<Spent, QuotaError> {
        let own = user.map(|_| Scope { channel, user });
        let scopes: Vec<Scope> = [Some(Scope::all(channel)), own].into_iter().flatten().collect();
        let checked = if notice.is_warning() { &[] } else { &scopes[..] };
        self.load(&scopes).await?;
        let mut ledger = self.ledger.lock();
        let day = ledger.day();
        let spent = ledger.spend(&scopes, checked, &self.limits);
        drop(ledger);
        self.show();
        match spent {
            Ok(()) => Ok(Spent { scopes, day }),
            Err(_) => {
                self.metrics.quota_refused.with_label_values(&[channel.as_str()]).inc();
                Err(QuotaError::OverBudget(channel.as_str()))
            }
        }
    }

    /// The message did not leave.
    pub fn give_back(&self, spent: &Spent) {
        self.ledger.lock().give_back(&spent.scopes, spent.day);
        self.show();
    }

    pub fn report(&self) -> QuotaReport {
        let ledger = self.ledger.lock();
        let budget = |channel: Channel| {
            let all = Scope::all(channel);
            BudgetReport {
                budget: channel.as_str(),
                used: ledger.used(all),
                limit: all.limit(&self.limits),
                limit_per_user: Scope { user: Some(Uuid::nil()), ..all }.limit(&self.limits),
            }
        };
        let resets_at = Timestamp::from_unix_seconds((self.today().max(ledger.day()) + 1) * DAY);
        QuotaReport { resets_at, budgets: Channel::ALL.map(budget).to_vec() }
    }

    /// Writes what was spent since the last time, and learns what other nodes have.
    ///
    /// # Errors
    /// [`StoreError`]; then it is written the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let increments = self.ledger.lock().unwritten();
        let totals = self.store.add_quota_usage(&increments).await?;
        self.ledger.lock().written(&increments, &totals);
        self.show();
        Ok(())
    }

    /// Writes at its interval until it is aborted.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let quotas = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = interval(quotas.limits.flush_interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Err(error) = quotas.turn_and_flush().await {
                    tracing::warn!(%error, "the budgets for messages cannot be written; tried again soon");
                }
            }
        })
    }

    async fn turn_and_flush(&self) -> Result<(), StoreError> {
        self.load(&Channel::ALL.map(Scope::all)).await?;
        self.flush().await
    }

    /// Begins the day if it is a new one, and reads those of the budgets that are not known yet.
    async fn load(&self, scopes: &[Scope]) -> Result<(), StoreError> {
        let (day, is_new, unknown) = {
            let mut ledger = self.ledger.lock();
            let is_new = ledger.turn(self.today());
            let unknown: Vec<Scope> = scopes.iter().copied().filter(|scope| !ledger.knows(*scope)).collect();
            (ledger.day(), is_new, unknown)
        };
        if is_new {
            self.store.forget_quota_usage(day - KEPT).await?;
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        let stored = self.store.quota_usage(day, &names).await?;
        let mut ledger = self.ledger.lock();
        for (scope, name) in unknown.into_iter().zip(names) {
            // Another message may have been counted while we read; it is not in the database yet.
            if !ledger.knows(scope) {
                let used = stored.iter().find(|usage| usage.scope == name).map_or(0, |usage| usage.used);
                ledger.learn(scope, day, used);
            }
        }
        drop(ledger);
        self.show();
        Ok(())
    }

    fn show(&self) {
        let ledger = self.ledger.lock();
        for channel in Channel::ALL {
            let used = i64::try_from(ledger.used(Scope::all(channel))).unwrap_or(i64::MAX);
            self.metrics.quota_used.with_label_values(&[channel.as_str()]).set(used);
        }
    }

    fn today(&self) -> i64 {
        self.clock.now().unix_seconds().div_euclid(DAY)
    }
}

impl std::fmt::Debug for Quotas {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Quotas").field("limits", &self.limits).finish_non_exhaustive()
    }
}
