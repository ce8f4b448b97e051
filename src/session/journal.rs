//! Group commit: whatever has queued since the last commit goes into the next one.
//!
//! There is no timer. An idle service commits a single write at once; a busy one batches by itself, because
//! writes queue while the disk syncs. Rotations and the other changes are two batches, committed side by side.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::store::family_write::{FamilyChange, FamilyWrite, MAX_ROTATIONS, Rotation, WriteOutcome};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// Endings and step-ups in one transaction at most: each is several statements, and the next batch waits for
/// them.
const MAX_CHANGES: usize = 32;
/// How often the others get a turn before a batch begins: who was just woken by the last commit's outcome
/// has a turn to send its next change, and one commit serves both.
const TURNS: usize = 4;
/// Changes that may wait; senders wait beyond it, bounded by the registry's admission.
const QUEUE: usize = 16 * 1024;

/// The way into the journal.
#[derive(Debug)]
pub struct Journal {
    queue: mpsc::Sender<Entry>,
    metrics: Metrics,
}

/// Ends the journal: what is queued is still committed.
#[derive(Debug)]
pub struct JournalTask {
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Entry {
    write: FamilyWrite,
    reply: Reply,
}

type Reply = oneshot::Sender<Result<WriteOutcome, StoreError>>;

impl Journal {
    /// Starts the journal on the current runtime, which must be the one that the store's connections
    /// live on.
    pub fn start(store: Arc<Store>, metrics: Metrics) -> (Self, JournalTask) {
        let (queue, entries) = mpsc::channel(QUEUE);
        let stop = Arc::new(Notify::new());
        let committer = Committer { store, metrics: metrics.clone(), entries, waiting: Vec::new() };
        let task = tokio::spawn(committer.run(Arc::clone(&stop)));
        (Self { queue, metrics }, JournalTask { stop, task })
    }

    /// Hands in a change and waits for the commit that contains it. If the caller gives up before the
    /// change's batch has begun, the change is withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; the outcome is then unknown.
    pub async fn commit(&self, write: FamilyWrite) -> Result<WriteOutcome, StoreError> {
        let (reply, outcome) = oneshot::channel();
        let closed = || StoreError::Unavailable("the journal has ended".to_owned());
        self.metrics.journal_queue_depth.inc();
        if self.queue.send(Entry { write, reply }).await.is_err() {
            self.metrics.journal_queue_depth.dec();
            return Err(closed());
        }
        outcome.await.map_err(|_| closed())?
    }
}

impl JournalTask {
    /// Refuses new changes, commits those that are queued, and returns when the last is on disk.
    pub async fn flush(self) {
        self.stop.notify_one();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the journal did not end cleanly");
        }
    }
}

struct Committer {
    store: Arc<Store>,
    metrics: Metrics,
    entries: mpsc::Receiver<Entry>,
    /// Received, not yet committed: at most one write per family is taken from it at a time.
    waiting: Vec<Entry>,
}

impl Committer {
    /// Receives and commits in turns. While a commit is under way nothing is received: what arrives then
    /// would wake this task once for each change, and could not begin before anyway.
    async fn run(mut self, stop: Arc<Notify>) {
        while self.receive(&stop).await {
            self.gather().await;
            let (rotations, changes) = self.take_batches();
            tokio::join!(
                self.commit(rotations, async |rotations| self.store.rotate_families(rotations).await),
                self.commit(changes, async |changes| self.store.change_families(changes).await),
            );
        }
    }

    /// Takes what has queued, and waits for the first if nothing has. False once all is committed and no
    /// more can come.
    async fn receive(&mut self, stop: &Notify) -> bool {
        self.take_queued();
        if !self.waiting.is_empty() {
            return true;
        }
        tokio::select! {
            biased;
            received = self.entries.recv_many(&mut self.waiting, MAX_ROTATIONS) => received > 0,
            () = stop.notified() => {
                self.entries.close();
                true
            }
        }
    }

    /// Waits for nothing: lets run what can run, and takes what that has queued.
    async fn gather(&mut self) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
            self.take_queued();
        }
    }

    fn take_queued(&mut self) {
        while self.waiting.len() < MAX_ROTATIONS {
            let Ok(entry) = self.entries.try_recv() else { return };
            self.waiting.push(entry);
        }
    }

    /// Leaves out what nobody waits for any more, and keeps to one write per family and to the bounds.
    fn take_batches(&mut self) -> (Batch<Rotation>, Batch<FamilyChange>) {
        let queued = std::mem::take(&mut self.waiting);
        let mut families: HashSet<Uuid> = HashSet::with_capacity(queued.len());
        let (mut rotations, mut changes) = (Batch::with_capacity(queued.len()), Batch::with_capacity(0));
        for Entry { write, reply } in queued {
            if reply.is_closed() {
                self.metrics.journal_queue_depth.dec();
                continue;
            }
            // Also what finds no room keeps its place before later writes of its family.
            let is_first = families.insert(write.family_id());
            match write {
                FamilyWrite::Rotate(rotation) if is_first && rotations.len() < MAX_ROTATIONS => {
                    rotations.push(rotation, reply);
                }
                FamilyWrite::Change(change) if is_first && changes.len() < MAX_CHANGES => {
                    changes.push(change, reply);
                }
                write => self.waiting.push(Entry { write, reply }),
            }
        }
        (rotations, changes)
    }

    /// Commits a batch, and wakes everyone with their own outcome.
    async fn commit<T>(
        &self,
        batch: Batch<T>,
        write: impl AsyncFnOnce(&[T]) -> Result<Vec<WriteOutcome>, StoreError>,
    ) {
        let size = batch.len();
        if size == 0 {
            return;
        }
        self.metrics.journal_batch_size.observe(size as f64);
        let begun = Instant::now();
        let result = write(&batch.writes).await;
        observe(&self.metrics.journal_commit_duration, begun.elapsed());
        self.metrics.journal_queue_depth.sub(i64::try_from(size).unwrap_or(0));
        match result {
            Ok(outcomes) => {
                for (reply, outcome) in batch.replies.into_iter().zip(outcomes) {
                    let _ = reply.send(Ok(outcome));
                }
            }
            Err(error) => {
                tracing::warn!(%error, size, "a journal commit failed; its outcome is unknown");
                for reply in batch.replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }
}

/// What is committed together: a reply for each write, in their order.
struct Batch<T> {
    writes: Vec<T>,
    replies: Vec<Reply>,
}

impl<T> Batch<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self { writes: Vec::with_capacity(capacity), replies: Vec::with_capacity(capacity) }
    }

    fn push(&mut self, write: T, reply: Reply) {
        self.writes.push(write);
        self.replies.push(reply);
    }

    const fn len(&self) -> usize {
        self.writes.len()
    }
}

#[cfg(test)]
mod tests;
