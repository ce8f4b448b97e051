//! Brings the entries of the revocation log into the index: what other nodes have revoked, and what this one has revoked
//! without knowing it, because the database's answer was lost.
//!
//! A commit with revocations wakes the other nodes with `NOTIFY`; the revocations themselves are in the log, which is
//! read by the rule of [`revocation_log`](crate::model::revocation_log). The log is also read at an interval, so that a
//! lost connection delays a revocation but never loses it.
//!
//! If the log was set back it is read again, and what this node knows to be revoked is written into it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hashbrown::HashSet;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::revocation::RevocationIndex;
use super::set_back::SetBackAlarm;
use crate::clock::{Clock, Timestamp};
use crate::model::revocation::Cutoff;
use crate::model::revocation_log::{LogPosition, LoggedRevocation, SetBack};
use crate::store::database::listen::RevocationListener;
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// Families that are written back at once.
const BATCH: usize = 500;

/// Follows the revocation log for one node.
pub struct RevocationFeed {
    /// Holds the log and its notifications.
    pub store: Arc<Store>,
    /// Receives the entries.
    pub index: Arc<RevocationIndex>,
    /// Measures the delay of entries.
    pub clock: Arc<dyn Clock>,
    /// `auth_revocation_propagation_seconds`, and the counters of the log.
    pub metrics: Metrics,
    /// Told if the log was set back.
    pub set_back: Arc<SetBackAlarm>,
    /// `revocation.poll_interval`
    pub poll_interval: Duration,
    /// How long a revoked family's access tokens could still be accepted.
    pub horizon: Duration,
}

/// What a node remembers between two readings.
#[derive(Debug, Default)]
pub struct Progress {
    /// Absent before the first reading, and after the log was set back.
    position: Option<LogPosition>,
    /// The log was set back, and not everything that it lost was written back yet.
    is_incomplete: bool,
    /// Families that this node knows to be revoked, and that the log does not have.
    lost: HashSet<Uuid>,
}

impl RevocationFeed {
    /// Loads the revocations that count, before the first request is accepted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load(&self) -> Result<Progress, StoreError> {
        let mut progress = Progress::default();
        self.catch_up(&mut progress).await?;
        Ok(progress)
    }

    /// Follows the log until the task is aborted.
    pub fn follow(self, mut progress: Progress) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut listener = RevocationListener::default();
            loop {
                self.store.wait_for_revocations(&mut listener, self.poll_interval).await;
                match self.catch_up(&mut progress).await {
                    Ok(found_news) => listener.has_read(found_news),
                    Err(error) => tracing::warn!(%error, "the revocation log cannot be read"),
                }
                if progress.is_incomplete
                    && progress.position.is_some()
                    && let Err(error) = self.write_back(&mut progress).await
                {
                    tracing::warn!(%error, "what the revocation log has lost cannot be written back; trying again");
                }
            }
        })
    }

    /// Reads what is new, and returns whether there was anything.
    async fn catch_up(&self, progress: &mut Progress) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let mut found_news = false;
        if let Some(position) = &mut progress.position {
            match self.read_on(position).await? {
                Ok(news) => found_news = news,
                Err(SetBack) => self.note_set_back(progress),
            }
        }
        if progress.position.is_none() {
            self.read_again(progress).await?;
        }
        self.index.synced_at(begun);
        self.index.prune(self.clock.now().minus(self.horizon), self.horizon);
        self.metrics.revocation.reads.inc();
        Ok(found_news)
    }

    /// Returns whether there was anything new.
    async fn read_on(&self, position: &mut LogPosition) -> Result<Result<bool, SetBack>, StoreError> {
        let (mut found_news, mut next) = (false, Some(i64::MIN));
        while let Some(after) = next {
            let asked = Instant::now();
            let page = self.store.revocation_page(&position.wanted(), after).await?;
            let news = match position.take(&page, asked, Instant::now()) {
                Ok(news) => news,
                Err(set_back) => return Ok(Err(set_back)),
            };
            for entry in &news {
                if self.insert(entry) {
                    observe(&self.metrics.revocation_propagation, self.clock.now().since(entry.revoked_at));
                }
            }
            found_news |= !news.is_empty();
            next = page.next();
        }
        Ok(Ok(found_news))
    }

    fn note_set_back(&self, progress: &mut Progress) {
        self.set_back.raise("entries of the revocation log are gone");
        progress.position = None;
        progress.is_incomplete = true;
        progress.lost.extend(self.index.families());
    }

    /// Reads everything that counts.
    async fn read_again(&self, progress: &mut Progress) -> Result<(), StoreError> {
        let since = self.clock.now().minus(self.horizon);
        let beginning = self.store.revocation_log_beginning(since).await?;
        self.insert_all(&beginning.below, progress);
        let longest_write = Store::longest_configurable_write();
        let mut position = LogPosition::behind(beginning.behind, longest_write);
        let mut next = Some(i64::MIN);
        while let Some(after) = next {
            let asked = Instant::now();
            let page = self.store.revocation_page(&position.wanted(), after).await?;
            let news = position.take(&page, asked, Instant::now());
            let news = news.map_err(|SetBack| {
                StoreError::Unavailable("the revocation log was set back while it was read".to_owned())
            })?;
            self.insert_all(&news, progress);
            next = page.next();
        }
        progress.position = Some(position);
        Ok(())
    }

    fn insert_all(&self, entries: &[LoggedRevocation], progress: &mut Progress) {
        for entry in entries {
            self.insert(entry);
            progress.lost.remove(&entry.family_id);
        }
    }

    /// Returns whether the index did not know it.
    fn insert(&self, entry: &LoggedRevocation) -> bool {
        match entry.cutoff {
            Some(cutoff) => self.index.insert_cutoff(cutoff),
            None => self.index.insert(entry.family_id, entry.revoked_at),
        }
    }

    /// An acknowledged revocation is not undone by the loss of its commit: every node writes down what it knows. Where
    /// several nodes know the same, the log has it more than once, which does no harm.
    async fn write_back(&self, progress: &mut Progress) -> Result<(), StoreError> {
        let now = self.clock.now();
        let cutoff = self.index.cutoff();
        if cutoff != Cutoff::at(Timestamp::default()) && self.store.log_cutoff_again(cutoff, now).await? {
            self.index.tell_cutoff_again();
            self.metrics.revocation.written_back.inc();
        }
        loop {
            let mut families: Vec<Uuid> = progress.lost.iter().take(BATCH).copied().collect();
            if families.is_empty() {
                break;
            }
            families.sort_unstable();
            self.store.revoke_again(&families, now).await?;
            for family in &families {
                progress.lost.remove(family);
            }
            self.metrics.revocation.written_back.inc_by(families.len() as u64);
        }
        progress.is_incomplete = false;
        tracing::info!("what this node knew to be revoked is in the database again");
        Ok(())
    }
}
