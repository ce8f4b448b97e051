//! Delays of unknown devices after wrong passwords, which are the same whether the address has an account or not.
//!
//! An attempt is counted as a failure before it is evaluated, so that parallel attempts are not evaluated more often than
//! attempts are free. An attempt that finds none left waits for those that are being evaluated, since they may turn out
//! right.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, timeout_at};

use crate::authn::retry_after;
use crate::clock::{Clock, Timestamp};
use crate::config::PasswordLimits;
use crate::model::family_key::DelayKey;
use crate::model::login_delay::{DelayCell, DelayRules};
use crate::store::{Store, StoreError};

/// How long an attempt waits for those that are being evaluated.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the cells are saved, and those of other nodes read.
const SAVED_EVERY: Duration = Duration::from_secs(60);
/// The overlap of two reads: the clocks of nodes may differ, and a save takes a while.
const OVERLAP: Duration = Duration::from_secs(30);
/// How long a row that has become meaningless stays, so that all nodes read it.
const ROW_KEPT: Duration = Duration::from_secs(10 * 60);
/// In memory a cell outlives its row, so that its version never goes back.
const KEPT: Duration = Duration::from_secs(20 * 60);
/// Waiting attempts of several cells are woken by the same bell.
const BELLS: usize = 64;

/// The attempt must not be evaluated yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delayed {
    /// Seconds.
    pub retry_after: u32,
}

/// The failures that each login identifier has collected, on all nodes as far as this one knows.
pub struct LoginDelays {
    store: Arc<Store>,
    key: DelayKey,
    clock: Arc<dyn Clock>,
    rules: DelayRules,
    /// How many attempts are evaluated at once: no more than a pool has room for, or right passwords would find it full.
    at_once: u32,
    /// Only cells that are not empty have an entry.
    cells: Mutex<HashMap<u16, Slot>>,
    /// One for many cells, rung whenever an attempt is settled.
    bells: [Notify; BELLS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    cell: DelayCell,
    /// As the database has it.
    saved: DelayCell,
    /// When it was saved or read.
    saved_at: Timestamp,
    /// Attempts that are being evaluated.
    in_flight: u32,
}

/// An attempt that was counted and may be evaluated. It stays counted unless it is withdrawn. It is held until the attempt
/// is settled in its pool, so that no more attempts are in progress than the pool has room for.
#[derive(Debug)]
pub struct Ticket {
    delays: Arc<LoginDelays>,
    number: u16,
}

enum Refused {
    /// Other attempts are being evaluated.
    Busy,
    For(Duration),
}

impl LoginDelays {
    pub fn new(store: Arc<Store>, key: DelayKey, clock: Arc<dyn Clock>, limits: &PasswordLimits) -> Self {
        let bells = std::array::from_fn(|_| Notify::new());
        let (rules, cells) = (limits.delay, Mutex::new(HashMap::new()));
        let at_once = limits.max_failures.min(rules.free);
        Self { store, key, clock, rules, at_once, cells, bells }
    }

    /// Counts an attempt at an address.
    pub(super) async fn enter(self: &Arc<Self>, address: &str) -> Result<Ticket, Delayed> {
        let (number, deadline) = (self.key.cell(address), Instant::now() + PATIENCE);
        loop {
            let mut turn = std::pin::pin!(self.bell(number).notified());
            // From here on, no ring is missed.
            turn.as_mut().enable();
            match self.try_enter(number) {
                Ok(ticket) => return Ok(ticket),
                Err(Refused::For(wait)) => return Err(Delayed { retry_after: retry_after(wait) }),
                Err(Refused::Busy) => {}
            }
            if timeout_at(deadline, turn).await.is_err() {
                return Err(Delayed { retry_after: 1 });
            }
        }
    }

    fn try_enter(self: &Arc<Self>, number: u16) -> Result<Ticket, Refused> {
        let mut cells = self.cells.lock();
        let slot = cells.entry(number).or_default();
        if slot.in_flight >= self.at_once {
            return Err(Refused::Busy);
        }
        match slot.cell.count(self.clock.now(), &self.rules) {
            Ok(()) => {
                slot.in_flight += 1;
                Ok(Ticket { delays: Arc::clone(self), number })
            }
            Err(_) if slot.in_flight > 0 => Err(Refused::Busy),
            Err(wait) => Err(Refused::For(wait)),
        }
    }

    fn bell(&self, number: u16) -> &Notify {
        &self.bells[usize::from(number) % BELLS]
    }

    /// What the database does not have yet.
    fn unsaved(&self) -> Vec<(u16, DelayCell)> {
        let cells = self.cells.lock();
        let unsaved = cells.iter().filter(|(_, slot)| slot.cell != slot.saved);
        unsaved.map(|(number, slot)| (*number, slot.cell)).collect()
    }

    fn note_saved(&self, saved: &[(u16, DelayCell)], at: Timestamp) {
        let mut cells = self.cells.lock();
        for (number, cell) in saved {
            if let Some(slot) = cells.get_mut(number) {
                (slot.saved, slot.saved_at) = (*cell, at);
            }
        }
    }

    fn learn(&self, rows: &[(u16, DelayCell)], at: Timestamp) {
        let mut cells = self.cells.lock();
        for (number, row) in rows {
            let slot = cells.entry(*number).or_default();
            slot.cell.merge(*row);
            (slot.saved, slot.saved_at) = (*row, at);
        }
        let is_needed =
            |slot: &Slot| slot.in_flight > 0 || !slot.cell.is_over(at) || slot.saved_at.plus(KEPT) > at;
        cells.retain(|_, slot| is_needed(slot));
    }
}

impl Ticket {
    /// The password was right: the account's failures, including this attempt, are subtracted.
    pub(super) fn succeeded(&self, failures: i64) {
        self.take_out(u32::try_from(failures).unwrap_or(u32::MAX));
    }

    /// The attempt was not evaluated.
    pub(in crate::authn) fn withdraw(self) {
        self.take_out(1);
    }

    fn take_out(&self, failures: u32) {
        let now = self.delays.clock.now();
        if let Some(slot) = self.delays.cells.lock().get_mut(&self.number) {
            slot.cell.take_out(failures, now, &self.delays.rules);
            // Other nodes have read the failures, so they must learn that these were subtracted.
            if slot.saved.version > 0 || !slot.saved.is_over(now) {
                slot.cell.version += 1;
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(slot) = self.delays.cells.lock().get_mut(&self.number) {
            slot.in_flight = slot.in_flight.saturating_sub(1);
        }
        self.delays.bell(self.number).notify_waiters();
    }
}

impl LoginDelays {
    /// Reads the stored delays, before the first request is accepted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.learn(&self.store.login_delays(Timestamp::default(), now).await?, now);
        Ok(())
    }

    /// Saves the delays every minute and reads those of other nodes, until the task is aborted.
    pub fn keep_exchanged(self: &Arc<Self>) -> JoinHandle<()> {
        let delays = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval_at(Instant::now() + SAVED_EVERY, SAVED_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut since = delays.clock.now();
            loop {
                ticks.tick().await;
                let now = delays.clock.now();
                match delays.exchange(since.minus(OVERLAP)).await {
                    Ok(()) => since = now,
                    Err(error) => {
                        tracing::warn!(%error, "cannot exchange login delays with other nodes; trying again in a minute");
                    }
                }
            }
        })
    }

    /// Saves what has changed here, and reads what other nodes have saved since then.
    ///
    /// # Errors
    /// [`StoreError`]; what was not saved is saved the next time.
    pub async fn exchange(&self, since: Timestamp) -> Result<(), StoreError> {
        self.save().await?;
        let now = self.clock.now();
        self.learn(&self.store.login_delays(since, now).await?, now);
        self.store.forget_login_delays(now.minus(ROW_KEPT)).await
    }

    /// Saves what has changed here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save(&self) -> Result<(), StoreError> {
        let (now, unsaved) = (self.clock.now(), self.unsaved());
        self.store.save_login_delays(&unsaved, now).await?;
        self.note_saved(&unsaved, now);
        Ok(())
    }
}

impl std::fmt::Debug for LoginDelays {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LoginDelays").field("cells", &self.cells.lock().len()).finish_non_exhaustive()
    }
}
