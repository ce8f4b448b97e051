//! Group commit: whatever has queued since the last commit goes into the next one.
//!
//! There is no timer. An idle service commits a single write at once; a busy one batches by itself, because
//! writes queue while the disk syncs. Rotations stand in one line and the other changes, which take longer, in
//! another: a refresh does not wait for somebody's logout. A family has one write under way at a time, since its
//! actor waits for it; where the actor has given up, the compare-and-swap decides, as it does between nodes.

mod line;

use std::sync::Arc;

use uuid::Uuid;

use self::line::{Batched, Line, LineTask};
use crate::store::family_write::{FamilyChange, FamilyWrite, MAX_ROTATIONS, Rotation, WriteOutcome};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::Metrics;

/// The way into the journal.
#[derive(Debug)]
pub struct Journal {
    rotations: Line<Rotation>,
    changes: Line<FamilyChange>,
}

/// Ends the journal: what is queued is still committed.
#[derive(Debug)]
pub struct JournalTask {
    rotations: LineTask,
    changes: LineTask,
}

impl Journal {
    /// Starts the journal on the current runtime, which must be the one that the store's connections
    /// live on.
    pub fn start(store: &Arc<Store>, metrics: &Metrics) -> (Self, JournalTask) {
        let (rotations, rotations_task) = Line::start(Arc::clone(store), metrics.clone());
        let (changes, changes_task) = Line::start(Arc::clone(store), metrics.clone());
        (Self { rotations, changes }, JournalTask { rotations: rotations_task, changes: changes_task })
    }

    /// Hands in a write and waits for the commit that contains it. If the caller gives up before the
    /// write's batch has begun, the write is withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; the outcome is then unknown.
    pub async fn commit(&self, write: FamilyWrite) -> Result<WriteOutcome, StoreError> {
        match write {
            FamilyWrite::Rotate(rotation) => self.rotations.commit(rotation).await,
            FamilyWrite::Change(change) => self.changes.commit(change).await,
        }
    }
}

impl JournalTask {
    /// Refuses new writes, commits those that are queued, and returns when the last is on disk.
    pub async fn flush(self) {
        tokio::join!(self.rotations.flush(), self.changes.flush());
    }
}

impl Batched for Rotation {
    const MOST: usize = MAX_ROTATIONS;

    fn family_id(&self) -> Uuid {
        self.family_id
    }

    async fn commit(store: &Store, batch: &[Self]) -> Result<Vec<WriteOutcome>, StoreError> {
        store.rotate_families(batch).await
    }
}

impl Batched for FamilyChange {
    /// Each is several statements, and the first waits for the last.
    const MOST: usize = 32;

    fn family_id(&self) -> Uuid {
        self.family_id()
    }

    async fn commit(store: &Store, batch: &[Self]) -> Result<Vec<WriteOutcome>, StoreError> {
        store.change_families(batch).await
    }
}

#[cfg(test)]
mod tests;
