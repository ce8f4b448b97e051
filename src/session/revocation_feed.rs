//! Brings the entries of the revocation log into the index: what other nodes have revoked, and what this one has revoked
//! without knowing it, because the database's answer was lost.
//!
//! A commit with revocations wakes the other nodes with `NOTIFY`; the revocations themselves are in the log, which is
//! read by its sequence. The log is also read at an interval, so that a lost connection delays a revocation but never
//! loses it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::revocation::RevocationIndex;
use crate::clock::Clock;
use crate::store::database::listen::RevocationListener;
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// Follows the revocation log for one node.
pub struct RevocationFeed {
    /// Holds the log and its notifications.
    pub store: Arc<Store>,
    /// Receives the entries.
    pub index: Arc<RevocationIndex>,
    /// Measures the delay of entries.
    pub clock: Arc<dyn Clock>,
    /// `auth_revocation_propagation_seconds`
    pub metrics: Metrics,
    /// `revocation.poll_interval`
    pub poll_interval: Duration,
    /// How long a revoked family's access tokens could still be accepted.
    pub horizon: Duration,
}

impl RevocationFeed {
    /// Loads the revocations that count, before the first request is accepted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load(&self) -> Result<Position, StoreError> {
        let mut position = Position { settled: 0, known: true };
        self.catch_up(&mut position).await?;
        Ok(position)
    }

    /// Follows the log until the task is aborted.
    pub fn follow(self, mut position: Position) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut listener = RevocationListener::default();
            loop {
                self.store.wait_for_revocations(&mut listener, self.poll_interval).await;
                position.known = false;
                if let Err(error) = self.catch_up(&mut position).await {
                    tracing::warn!(%error, "the revocation log cannot be read");
                }
            }
        })
    }

    async fn catch_up(&self, position: &mut Position) -> Result<(), StoreError> {
        let begun = Instant::now();
        let now = self.clock.now();
        let revocations = self.store.revocations_after(position.settled, now.minus(self.horizon)).await?;
        // Sequence numbers are given before the commit, so a lower one can appear after a higher one:
        // the log is read again from the last entry that is older than any write can be.
        let settled_before = now.minus(self.store.longest_write());
        for revocation in &revocations {
            let is_news = match revocation.cutoff {
                Some(cutoff) => self.index.insert_cutoff(cutoff),
                None => self.index.insert(revocation.family_id, revocation.revoked_at),
            };
            if is_news && !position.known {
                observe(&self.metrics.revocation_propagation, self.clock.now().since(revocation.revoked_at));
            }
            if revocation.revoked_at < settled_before {
                position.settled = position.settled.max(revocation.seq);
            }
        }
        self.index.synced_at(begun);
        self.index.prune(now.minus(self.horizon), self.horizon);
        Ok(())
    }
}

/// How far the log was read.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Entries can no longer appear up to this number.
    settled: i64,
    /// The entries are older than this process: no news whose delay is to be measured.
    known: bool,
}
