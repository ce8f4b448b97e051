//! Group commit: whatever has queued since the last commit goes into the next one.
//!
//! There is no timer. An idle service commits a single write at once; a busy one batches by itself, because writes
//! queue while the disk syncs. Rotations stand in one line and revocations, which take longer, in another: a refresh
//! does not wait for a logout. A family has one write under way at a time, since its actor waits for it; where the actor
//! has given up, the compare-and-swap decides, as it does between nodes. What another transaction has locked leaves its
//! line, and is committed alone.

use std::sync::Arc;
use std::time::Instant;

use hashbrown::HashSet;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::store::session::family_write::{BatchedWrite, FamilyRevocation, Rotation};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};
use crate::telemetry::trace::Span;

/// How often other tasks get a turn before a batch begins: those that the last commit has just woken send their next
/// write, and one commit serves both.
const TURNS: usize = 4;
/// Writes that may wait; senders wait beyond it, bounded by the registry's admission.
const QUEUE: usize = 16 * 1024;
/// Writes that may wait for locks at once: each takes one of the connections that requests use.
const ALONE: usize = 4;

/// The way into the journal.
#[derive(Debug)]
pub struct Journal {
    pub rotations: Line<Rotation>,
    pub revocations: Line<FamilyRevocation>,
}

/// Stops the journal: what is queued is still committed.
#[derive(Debug)]
pub struct JournalTask {
    rotations: LineTask,
    revocations: LineTask,
}

impl Journal {
    /// Starts the journal on the current runtime, which must be the one that the store's connections
    /// live on.
    pub fn start(store: &Arc<Store>, metrics: &Metrics) -> (Self, JournalTask) {
        let (rotations, rotations_task) = Line::start(Arc::clone(store), metrics.clone());
        let (revocations, revocations_task) = Line::start(Arc::clone(store), metrics.clone());
        let task = JournalTask { rotations: rotations_task, revocations: revocations_task };
        (Self { rotations, revocations }, task)
    }
}

impl JournalTask {
    /// Refuses new writes, commits those that are queued, and returns when the last is on disk.
    pub async fn flush(self) {
        tokio::join!(self.rotations.flush(), self.revocations.flush());
    }
}

/// The queue of one kind of write.
#[derive(Debug)]
pub struct Line<W: BatchedWrite> {
    queue: mpsc::Sender<Entry<W>>,
    metrics: Metrics,
}

#[derive(Debug)]
struct LineTask {
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

struct Entry<W: BatchedWrite> {
    write: W,
    /// The wait and the commit, if the request is traced.
    span: Span,
    reply: oneshot::Sender<Result<W::Outcome, StoreError>>,
}

impl<W: BatchedWrite> Line<W> {
    fn start(store: Arc<Store>, metrics: Metrics) -> (Self, LineTask) {
        let (queue, entries) = mpsc::channel(QUEUE);
        let stop = Arc::new(Notify::new());
        let committer = Committer {
            store,
            metrics: metrics.clone(),
            entries,
            waiting: Vec::new(),
            alone: JoinSet::new(),
            room_alone: Arc::new(Semaphore::new(ALONE)),
        };
        let task = tokio::spawn(committer.run(Arc::clone(&stop)));
        (Self { queue, metrics }, LineTask { stop, task })
    }

    /// Hands in a write and waits for the commit that contains it. If the caller gives up before its batch has begun, it
    /// is withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; the outcome is then unknown.
    pub async fn commit(&self, write: W) -> Result<W::Outcome, StoreError> {
        let (reply, outcome) = oneshot::channel();
        let closed = || StoreError::Unavailable("the journal has stopped".to_owned());
        let span = Span::current().child("journal");
        self.metrics.journal_queue_depth.inc();
        if self.queue.send(Entry { write, span: span.clone(), reply }).await.is_err() {
            self.metrics.journal_queue_depth.dec();
            return Err(closed());
        }
        let outcome = outcome.await.map_err(|_| closed());
        span.end();
        outcome?
    }
}

impl LineTask {
    async fn flush(self) {
        self.stop.notify_one();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the journal did not stop cleanly");
        }
    }
}

struct Committer<W: BatchedWrite> {
    store: Arc<Store>,
    metrics: Metrics,
    entries: mpsc::Receiver<Entry<W>>,
    /// Received, not yet committed: at most one write per family is taken from it at a time.
    waiting: Vec<Entry<W>>,
    /// Writes whose families other transactions have locked.
    alone: JoinSet<()>,
    room_alone: Arc<Semaphore>,
}

impl<W: BatchedWrite> Committer<W> {
    /// Receives and commits in turns. While a commit is under way nothing is received: what arrives then
    /// would wake this task once for each write, and could not begin before anyway.
    async fn run(mut self, stop: Arc<Notify>) {
        while self.receive(&stop).await {
            self.gather().await;
            let batch = self.take_batch();
            if !batch.is_empty() {
                self.commit(batch).await;
            }
            while self.alone.try_join_next().is_some() {}
        }
        while self.alone.join_next().await.is_some() {}
    }

    /// Takes what has queued, and waits for the first if nothing has. False once everything is committed and nothing
    /// more can come.
    async fn receive(&mut self, stop: &Notify) -> bool {
        self.take_queued();
        if !self.waiting.is_empty() {
            return true;
        }
        tokio::select! {
            biased;
            received = self.entries.recv_many(&mut self.waiting, W::MOST) => received > 0,
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
        while self.waiting.len() < W::MOST {
            let Ok(entry) = self.entries.try_recv() else { return };
            self.waiting.push(entry);
        }
    }

    /// Leaves out writes whose callers no longer wait, and leaves behind all but one write of a family.
    fn take_batch(&mut self) -> Vec<Entry<W>> {
        let queued = std::mem::take(&mut self.waiting);
        let mut families: HashSet<Uuid> = HashSet::with_capacity(queued.len());
        let mut batch = Vec::with_capacity(queued.len());
        for entry in queued {
            if entry.reply.is_closed() {
                self.metrics.journal_queue_depth.dec();
            } else if families.insert(entry.write.family_id()) {
                batch.push(entry);
            } else {
                self.waiting.push(entry);
            }
        }
        batch
    }

    /// Commits a batch, and wakes each caller with its own outcome.
    async fn commit(&mut self, batch: Vec<Entry<W>>) {
        let spans = self.store.batch_spans::<W>(batch.iter().map(|entry| &entry.span), batch.len());
        let (writes, waiting): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.write, (entry.span, entry.reply))).unzip();
        let size = writes.len();
        self.metrics.journal_batch_size.observe(size as f64);
        let begun = Instant::now();
        let result = W::commit_batch(&self.store, &writes).await;
        observe(&self.metrics.journal_commit_duration, begun.elapsed());
        if let Err(error) = &result {
            spans.iter().for_each(|span| span.fail(error.kind()));
        }
        drop(spans);
        let done = match &result {
            Ok(outcomes) => outcomes.iter().flatten().count(),
            Err(_) => size,
        };
        self.metrics.journal_queue_depth.sub(i64::try_from(done).unwrap_or(0));
        match result {
            Ok(outcomes) => {
                for ((write, (span, reply)), outcome) in writes.into_iter().zip(waiting).zip(outcomes) {
                    match outcome {
                        Some(outcome) => drop(reply.send(Ok(outcome))),
                        None => self.commit_alone(Entry { write, span, reply }),
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, size, "a journal commit failed; its outcome is unknown");
                for (_, reply) in waiting {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// Commits one write beside the line. If no caller waits for it by then, it is withdrawn.
    fn commit_alone(&mut self, entry: Entry<W>) {
        let (store, room) = (Arc::clone(&self.store), Arc::clone(&self.room_alone));
        let depth = self.metrics.journal_queue_depth.clone();
        self.alone.spawn(async move {
            let Entry { write, span, reply } = entry;
            // The semaphore is never closed.
            let _room = room.acquire().await;
            if !reply.is_closed() {
                drop(reply.send(span.scope(write.commit_alone(&store)).await));
            }
            depth.dec();
        });
    }
}

#[cfg(test)]
mod tests;
