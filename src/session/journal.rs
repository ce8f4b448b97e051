//! Group commit: whatever has queued since the last commit goes into the next one.
//!
//! There is no timer. An idle service commits a single write at once; a busy one batches by itself, because
//! writes queue while the disk syncs. Rotations stand in one line and endings, which take longer, in
//! another: a refresh does not wait for a logout. A family has one write under way at a time, since its
//! actor waits for it; where the actor has given up, the compare-and-swap decides, as it does between nodes. What
//! another transaction has locked leaves its line, and is committed apart.

mod line;

use std::sync::Arc;

use uuid::Uuid;

use self::line::{Batched, Line, LineTask};
use crate::store::session::family_write::{BatchOutcome, Ending, MAX_ROTATIONS, Rotation, WriteOutcome};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::Metrics;

/// The way into the journal.
#[derive(Debug)]
pub struct Journal {
    rotations: Line<Rotation>,
    endings: Line<Box<Ending>>,
}

/// Ends the journal: what is queued is still committed.
#[derive(Debug)]
pub struct JournalTask {
    rotations: LineTask,
    endings: LineTask,
}

impl Journal {
    /// Starts the journal on the current runtime, which must be the one that the store's connections
    /// live on.
    pub fn start(store: &Arc<Store>, metrics: &Metrics) -> (Self, JournalTask) {
        let (rotations, rotations_task) = Line::start(Arc::clone(store), metrics.clone());
        let (endings, endings_task) = Line::start(Arc::clone(store), metrics.clone());
        (Self { rotations, endings }, JournalTask { rotations: rotations_task, endings: endings_task })
    }

    /// Hands in a rotation and waits for the commit that contains it. If the caller gives up before its batch has
    /// begun, it is withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; the outcome is then unknown.
    pub async fn rotate(&self, rotation: Rotation) -> Result<WriteOutcome, StoreError> {
        self.rotations.commit(rotation).await
    }

    /// The same for the end of a family.
    ///
    /// # Errors
    /// [`StoreError`]; the outcome is then unknown.
    pub async fn end(&self, ending: Box<Ending>) -> Result<WriteOutcome, StoreError> {
        self.endings.commit(ending).await
    }
}

impl JournalTask {
    /// Refuses new writes, commits those that are queued, and returns when the last is on disk.
    pub async fn flush(self) {
        tokio::join!(self.rotations.flush(), self.endings.flush());
    }
}

impl Batched for Rotation {
    const MOST: usize = MAX_ROTATIONS;

    fn family_id(&self) -> Uuid {
        self.family_id
    }

    async fn commit(store: &Store, batch: &[Self]) -> Result<BatchOutcome, StoreError> {
        store.rotate_families(batch).await
    }

    async fn commit_apart(&self, store: &Store) -> Result<WriteOutcome, StoreError> {
        store.rotate_family(self).await
    }
}

impl Batched for Box<Ending> {
    /// Each is several statements, and the first waits for the last.
    const MOST: usize = 32;

    fn family_id(&self) -> Uuid {
        self.family_id
    }

    async fn commit(store: &Store, batch: &[Self]) -> Result<BatchOutcome, StoreError> {
        store.end_batch(batch).await
    }

    async fn commit_apart(&self, store: &Store) -> Result<WriteOutcome, StoreError> {
        store.end_family(self).await
    }
}

#[cfg(test)]
mod tests;
