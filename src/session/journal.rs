//! Group commit: whatever has queued since the last commit goes into the next one.
//!
//! There is no timer. An idle service commits a single change at once; a busy one batches by itself,
//! because changes queue while the disk syncs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::store::family_write::{FamilyWrite, WriteOutcome};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// Changes in one transaction at most.
const MAX_BATCH: usize = 512;
/// Endings and step-ups in one transaction at most: each is several statements, and rotations wait for them.
const MAX_SLOW: usize = 32;
/// How often the others get a turn before a batch begins: who was just woken by the last commit's outcome
/// has a turn to send its next change, and one commit serves both.
const TURNS: usize = 4;
/// Changes that may wait; senders wait beyond it, bounded by the registry's admission.
const QUEUE: usize = 16 * 1024;

/// The way into the journal.
#[derive(Clone, Debug)]
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
    reply: oneshot::Sender<Result<WriteOutcome, StoreError>>,
}

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
    /// Received, not yet committed: at most one change per family is taken from it at a time.
    waiting: Vec<Entry>,
}

impl Committer {
    /// Receives and commits in turns. While a commit is under way nothing is received: what arrives then
    /// would wake this task once for each change, and could not begin before anyway.
    async fn run(mut self, stop: Arc<Notify>) {
        while self.receive(&stop).await {
            self.gather().await;
            let batch = self.take_batch();
            if !batch.is_empty() {
                self.commit(batch).await;
            }
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
            received = self.entries.recv_many(&mut self.waiting, MAX_BATCH) => received > 0,
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
        while self.waiting.len() < MAX_BATCH {
            let Ok(entry) = self.entries.try_recv() else { return };
            self.waiting.push(entry);
        }
    }

    /// Leaves out what nobody waits for any more, and keeps to one change per family and to the bounds.
    fn take_batch(&mut self) -> Vec<Entry> {
        let queued = std::mem::take(&mut self.waiting);
        let mut families: HashSet<Uuid> = HashSet::with_capacity(queued.len());
        let mut batch = Vec::with_capacity(queued.len());
        let mut slow = 0;
        for entry in queued {
            if entry.reply.is_closed() {
                self.metrics.journal_queue_depth.dec();
                continue;
            }
            let is_slow = !entry.write.is_rotation();
            let has_room = batch.len() < MAX_BATCH && !(is_slow && slow == MAX_SLOW);
            // Also what finds no room keeps its place before later changes of its family.
            if families.insert(entry.write.family_id()) && has_room {
                slow += usize::from(is_slow);
                batch.push(entry);
            } else {
                self.waiting.push(entry);
            }
        }
        batch
    }

    /// Commits a batch, and wakes everyone with their own outcome.
    async fn commit(&self, batch: Vec<Entry>) {
        let (writes, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.write, entry.reply)).unzip();
        let size = writes.len();
        self.metrics.journal_batch_size.observe(size as f64);
        let begun = Instant::now();
        let result = self.store.commit_families(&writes).await;
        observe(&self.metrics.journal_commit_duration, begun.elapsed());
        self.metrics.journal_queue_depth.sub(i64::try_from(size).unwrap_or(0));
        match result {
            Ok(outcomes) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    let _ = reply.send(Ok(outcome));
                }
            }
            Err(error) => {
                tracing::warn!(%error, size, "a journal commit failed; its outcome is unknown");
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
