//! Quotas: how many messages may be sent in a day (UTC), in total and to one account.
//!
//! Messages are counted in memory. Every `throttle.quota_flush_interval` the counts are written together, and those of other
//! nodes are read, so that no message needs a commit of its own. A crash forgets at most what was counted since the
//! last write, and nodes may exceed a quota together by what they send within one interval.

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

pub(crate) use ledger::Recipient;

/// How long the counts of a day are kept, in days.
const KEPT: i64 = 7;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The counts and limits of this node's messages.
pub struct Quotas {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    limits: Limits,
    ledger: Mutex<Ledger>,
    /// Held while writing: two concurrent writes would add the same increments twice.
    writing: tokio::sync::Mutex<()>,
}

/// A message that is about to be sent, as far as quotas depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The channel whose quotas count.
    pub channel: Channel,
    /// The user whose account it is about.
    pub user: Option<Uuid>,
    /// Decides which quotas count: warnings have their own, and access to an account has a reserve.
    pub notice: &'a Notice,
    /// The pseudonym of the address or number.
    pub recipient: Recipient,
    /// Whether it was requested by a device that is known to the account.
    pub known_device: bool,
}

/// A message that was counted, so that the count can be reverted.
#[derive(Debug)]
pub struct Spent {
    scopes: Vec<Scope>,
    day: i64,
}

/// Why a message must not be sent now.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// The channel.
    #[error("the quota of {0} is used up")]
    OverQuota(&'static str),
    /// A warning of this kind was sent within the hour.
    #[error("a warning of this kind was sent within the hour")]
    Postponed {
        /// The end of the hour.
        at: Timestamp,
    },
    /// The counts cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The quotas of today, for administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaReport {
    /// The midnight (UTC) at which the counts start again at 0.
    pub resets_at: Timestamp,
    /// One entry for each channel.
    pub channels: Vec<ChannelQuota>,
}

/// The quota of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelQuota {
    /// `mail` or `sms`.
    pub channel: &'static str,
    /// The count of all nodes, as far as this one knows.
    pub used: u64,
    /// Messages per day in total.
    pub limit: u64,
    /// Messages per day to one account.
    pub limit_per_user: u64,
}

impl Quotas {
    /// Counts nothing yet. The counts of a scope are read from the database when it is first needed.
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, metrics: Metrics, limits: Limits) -> Self {
        for channel in Channel::ALL {
            let gauge = metrics.quota_limit.with_label_values(&[channel.as_str()]);
            gauge.set(i64::try_from(Scope::All(channel).limit(&limits)).unwrap_or(i64::MAX));
            metrics.quota_refused.with_label_values(&[channel.as_str()]);
        }
        let (ledger, writing) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { store, clock, metrics, limits, ledger, writing }
    }

    /// Counts a message that is about to be sent. Warnings have quotas of their own: otherwise an attacker could use up
    /// a quota to keep a user from being warned, or cause warnings to use it up.
    ///
    /// # Errors
    /// [`QuotaError`]; then nothing was counted.
    pub async fn spend(&self, outgoing: &Outgoing<'_>) -> Result<Spent, QuotaError> {
        let checked = self.scopes(outgoing);
        let scopes: Vec<Scope> = checked.iter().map(|(scope, _)| *scope).collect();
        self.load(&scopes).await?;
        let mut ledger = self.ledger.lock();
        let day = ledger.day();
        let spent = ledger.spend(&checked, &self.limits);
        drop(ledger);
        self.show();
        spent.map(|()| Spent { scopes, day }).map_err(|full| self.refusal(outgoing.channel, full))
    }

    /// Checks whether the message could be sent now, before anything is written for it. Nothing is counted.
    ///
    /// # Errors
    /// [`QuotaError`].
    pub async fn ask(&self, outgoing: &Outgoing<'_>) -> Result<(), QuotaError> {
        // One by one, so that no entry is made for a recipient if another quota refuses already.
        for scope in self.scopes(outgoing) {
            self.load(&[scope.0]).await?;
            let full = self.ledger.lock().full(&[scope], &self.limits);
            if let Some(full) = full {
                return Err(self.refusal(outgoing.channel, full));
            }
        }
        Ok(())
    }

    /// Counts a mail that a known device of this user requests. `false` if the quota of this hour is used up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn spend_for_device(&self, user: Uuid) -> Result<bool, StoreError> {
        let scope = Scope::Devices(user, self.hour());
        self.load(&[scope]).await?;
        Ok(self.ledger.lock().spend(&[(scope, 0)], &self.limits).is_ok())
    }

    /// The quotas that a message counts against, each with the part of it that is reserved for other messages.
    fn scopes(&self, outgoing: &Outgoing<'_>) -> Vec<(Scope, u64)> {
        let Outgoing { channel, user, notice, recipient, known_device } = *outgoing;
        if notice.is_to_former_address() {
            return Vec::new();
        }
        if notice.is_warning() {
            let kind = notice.template();
            return user.map(|user| (Scope::Warning(user, kind, self.hour()), 0)).into_iter().collect();
        }
        let is_reserved = channel == Channel::Mail && !notice.is_for_access();
        let kept = if is_reserved { self.limits.mail_reserve } else { 0 };
        let mut scopes = vec![(Scope::All(channel), kept)];
        // Requests by strangers and by the sessions of the account must not keep the owner out.
        if !known_device {
            scopes.extend(user.map(|user| (Scope::User(channel, user), 0)));
            scopes.extend(notice.is_requested().then_some((Scope::Requested(recipient), 0)));
        }
        scopes
    }

    fn refusal(&self, channel: Channel, full: Scope) -> QuotaError {
        if let Scope::Warning(..) = full {
            let seconds = self.clock.now().unix_seconds();
            let at = Timestamp::from_unix_seconds((seconds.div_euclid(HOUR) + 1) * HOUR);
            return QuotaError::Postponed { at };
        }
        self.metrics.quota_refused.with_label_values(&[channel.as_str()]).inc();
        QuotaError::OverQuota(channel.as_str())
    }

    /// Reverts the count of a message that was not sent.
    pub fn give_back(&self, spent: &Spent) {
        self.ledger.lock().give_back(&spent.scopes, spent.day);
        self.show();
    }

    /// The counts and limits of today.
    pub fn report(&self) -> QuotaReport {
        let ledger = self.ledger.lock();
        let channel = |channel: Channel| {
            let all = Scope::All(channel);
            ChannelQuota {
                channel: channel.as_str(),
                used: ledger.used(all),
                limit: all.limit(&self.limits),
                limit_per_user: Scope::User(channel, Uuid::nil()).limit(&self.limits),
            }
        };
        let resets_at = Timestamp::from_unix_seconds((self.today().max(ledger.day()) + 1) * DAY);
        QuotaReport { resets_at, channels: Channel::ALL.map(channel).to_vec() }
    }

    /// Writes the counts since the last write, and reads those of other nodes.
    ///
    /// # Errors
    /// [`StoreError`]; the counts are then written the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let increments = self.ledger.lock().unwritten();
        let totals = self.store.add_quota_usage(&increments).await?;
        self.ledger.lock().written(&increments, &totals);
        self.show();
        Ok(())
    }

    /// Writes periodically until the task is aborted.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let quotas = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = interval(quotas.limits.flush_interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Err(error) = quotas.turn_and_flush().await {
                    tracing::warn!(%error, "cannot write the counts of messages; trying again soon");
                }
            }
        })
    }

    async fn turn_and_flush(&self) -> Result<(), StoreError> {
        self.load(&Channel::ALL.map(Scope::All)).await?;
        self.flush().await
    }

    /// Starts a new day if there is one, and reads the counts that are not in memory yet.
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
            // Another message may have been counted during the read; that count is not in the database yet.
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
            let used = i64::try_from(ledger.used(Scope::All(channel))).unwrap_or(i64::MAX);
            self.metrics.quota_used.with_label_values(&[channel.as_str()]).set(used);
        }
    }

    /// The hour of the day (UTC).
    fn hour(&self) -> u8 {
        let hour = self.clock.now().unix_seconds().rem_euclid(DAY) / HOUR;
        u8::try_from(hour).unwrap_or_default()
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
