//! A line of writes of one kind, and the task that commits them in batches.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::store::session::family_write::{BatchOutcome, WriteOutcome};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// How often the others get a turn before a batch begins: who was just woken by the last commit's outcome
/// has a turn to send its next write, and one commit serves both.
const TURNS: usize = 4;
/// Writes that may wait; senders wait beyond it, bounded by the registry's admission.
const QUEUE: usize = 16 * 1024;
/// Writes that may wait for the locks of others at once: each takes one of the connections that requests use.
const APART: usize = 4;

/// What is committed in batches.
pub(super) trait Batched: Send + Sync + Sized + 'static {
    /// In one batch at most.
    const MOST: usize;

    fn family_id(&self) -> Uuid;

    /// Commits a batch, in which each family occurs at most once, but what others have locked.
    fn commit(store: &Store, batch: &[Self])
    -> impl Future<Output = Result<BatchOutcome, StoreError>> + Send;

    /// Commits what others had locked, and waits for them.
    fn commit_apart(&self, store: &Store) -> impl Future<Output = Result<WriteOutcome, StoreError>> + Send;
}

/// The way into a line.
#[derive(Debug)]
pub(super) struct Line<W> {
    queue: mpsc::Sender<Entry<W>>,
    metrics: Metrics,
}

/// Ends a line: what is queued is still committed.
#[derive(Debug)]
pub(super) struct LineTask {
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Entry<W> {
    write: W,
    reply: oneshot::Sender<Result<WriteOutcome, StoreError>>,
}

impl<W: Batched> Line<W> {
    pub fn start(store: Arc<Store>, metrics: Metrics) -> (Self, LineTask) {
        let (queue, entries) = mpsc::channel(QUEUE);
        let stop = Arc::new(Notify::new());
        let committer = Committer {
            store,
            metrics: metrics.clone(),
            entries,
            waiting: Vec::new(),
            apart: JoinSet::new(),
            room_apart: Arc::new(Semaphore::new(APART)),
        };
        let task = tokio::spawn(committer.run(Arc::clone(&stop)));
        (Self { queue, metrics }, LineTask { stop, task })
    }

    pub async fn commit(&self, write: W) -> Result<WriteOutcome, StoreError> {
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

impl LineTask {
    pub async fn flush(self) {
        self.stop.notify_one();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the journal did not end cleanly");
        }
    }
}

struct Committer<W> {
    store: Arc<Store>,
    metrics: Metrics,
    entries: mpsc::Receiver<Entry<W>>,
    /// Received, not yet committed: at most one write per family is taken from it at a time.
    waiting: Vec<Entry<W>>,
    /// Writes whose families others have locked.
    apart: JoinSet<()>,
    room_apart: Arc<Semaphore>,
}

impl<W: Batched> Committer<W> {
    /// Receives and commits in turns. While a commit is under way nothing is received: what arrives then
    /// would wake this task once for each write, and could not begin before anyway.
    async fn run(mut self, stop: Arc<Notify>) {
        while self.receive(&stop).await {
            self.gather().await;
            let batch = self.take_batch();
            if !batch.is_empty() {
                self.commit(batch).await;
            }
            while self.apart.try_join_next().is_some() {}
        }
        while self.apart.join_next().await.is_some() {}
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

    /// Leaves out what nobody waits for any more, and leaves behind all but one write of a family.
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

    /// Commits a batch, and wakes everyone with their own outcome.
    async fn commit(&mut self, batch: Vec<Entry<W>>) {
        let (writes, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.write, entry.reply)).unzip();
        let size = writes.len();
        self.metrics.journal_batch_size.observe(size as f64);
        let begun = Instant::now();
        let result = W::commit(&self.store, &writes).await;
        observe(&self.metrics.journal_commit_duration, begun.elapsed());
        let done = match &result {
            Ok(outcomes) => outcomes.iter().flatten().count(),
            Err(_) => size,
        };
        self.metrics.journal_queue_depth.sub(i64::try_from(done).unwrap_or(0));
        match result {
            Ok(outcomes) => {
                for ((write, reply), outcome) in writes.into_iter().zip(replies).zip(outcomes) {
                    match outcome {
                        Some(outcome) => drop(reply.send(Ok(outcome))),
                        None => self.commit_apart(Entry { write, reply }),
                    }
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

    /// Commits one write beside the line. If nobody waits for it by then, it is withdrawn.
    fn commit_apart(&mut self, entry: Entry<W>) {
        let (store, room) = (Arc::clone(&self.store), Arc::clone(&self.room_apart));
        let depth = self.metrics.journal_queue_depth.clone();
        self.apart.spawn(async move {
            let Entry { write, reply } = entry;
            // The semaphore is never closed.
            let _room = room.acquire().await;
            if !reply.is_closed() {
                drop(reply.send(write.commit_apart(&store).await));
            }
            depth.dec();
        });
    }
}
