//! The rows behind an entry of the revocation log that revokes all earlier families: they are written batch by batch, on
//! every node that hears of the entry and after every start, until none is left. No token waits for it: the index knows
//! the entry.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::Sessions;
use crate::store::StoreError;
use crate::store::session::revoke_all::Unsettled;

const BATCH: u64 = 500;
/// Longest pause between two batches.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Pause after a failure, and after a walk that another transaction's locks have kept from finishing.
const AGAIN: Duration = Duration::from_secs(5);

impl Sessions {
    /// Writes the rows of all entries that are not settled; returns how many there were. If it is interrupted, the
    /// next call goes on.
    ///
    /// # Errors
    /// [`StoreError`]; batches that were committed stay.
    pub async fn revoke_rows_of_all(&self) -> Result<u64, StoreError> {
        match self.store.unsettled_revocation().await? {
            Some(entry) => self.walk(&entry).await,
            None => Ok(0),
        }
    }

    /// One batch after the other. Between two of them it pauses for as long as the last one took, so that requests have
    /// their turn.
    async fn walk(&self, entry: &Unsettled) -> Result<u64, StoreError> {
        let (mut revoked, mut after) = (0, None);
        loop {
            let begun = Instant::now();
            let since = self.clock.now().minus(self.rules.longest_token_life);
            let batch = self.store.revoke_rows(entry, since, after, BATCH).await?;
            revoked += batch.revoked;
            after = batch.last;
            if after.is_none() {
                return Ok(revoked);
            }
            tokio::time::sleep(begun.elapsed().min(LONGEST_PAUSE)).await;
        }
    }

    /// Walks whenever the index hears of an entry, until the task is aborted.
    pub(super) fn keep_revoking_rows(self: &Arc<Self>) -> JoinHandle<()> {
        let sessions = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                sessions.index.cutoff_moved().await;
                sessions.settle().await;
            }
        })
    }

    /// A login that was under way when the entry was written may still commit a row: the last walk begins when
    /// that is no longer possible.
    async fn settle(&self) {
        let longest_write = self.store.longest_write();
        let mut first_seen = Instant::now();
        loop {
            let is_last = first_seen.elapsed() > longest_write;
            let pause = match self.settle_once(is_last).await {
                Ok(true) => return,
                Ok(false) if is_last => AGAIN,
                Ok(false) => longest_write.saturating_sub(first_seen.elapsed()) + LONGEST_PAUSE,
                Err(error) => {
                    tracing::warn!(%error, "cannot write that all earlier sessions are revoked; trying again");
                    AGAIN
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.index.cutoff_moved() => first_seen = Instant::now(),
            }
        }
    }

    async fn settle_once(&self, is_last: bool) -> Result<bool, StoreError> {
        let Some(entry) = self.store.unsettled_revocation().await? else { return Ok(true) };
        let revoked = self.walk(&entry).await?;
        if revoked > 0 {
            tracing::info!(sessions = revoked, "wrote that all earlier sessions are revoked");
        }
        let now = self.clock.now();
        let since = now.minus(self.rules.longest_token_life);
        Ok(is_last && self.store.settle_revocation(&entry, since, now).await?)
    }
}
