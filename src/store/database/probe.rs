//! What readiness depends on: a write every few seconds, on the connections that requests and the journal use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sqlx::PgPool;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{sleep, timeout};

use crate::clock::ClockOffset;
use crate::store::entity::health_probe::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

/// The time between two probes, and the longest that one may take.
const INTERVAL: Duration = Duration::from_secs(5);
/// Between two probes at least. A probe that fails is trouble itself, so the next one follows after this time.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked, on new connections, where the database is. While connections that are open answer, nothing
/// else would show that a standby has been promoted beside a primary that lives on.
const LOOKOUT: Duration = Duration::from_secs(10);
/// A result that is older says nothing: the probe itself does not run.
const LONGEST_AGE: Duration = Duration::from_secs(30);
/// Clocks that are kept by NTP are never so far apart.
const NOTEWORTHY_OFFSET: Duration = Duration::from_secs(1);
/// The one row of the table, which all nodes write.
const ROW: i16 = 1;
/// The journal's connections hardly wait for a lock. What another node is writing at this moment takes writes, so it is left
/// to that node; a server that only reads refuses this all the same.
const JOURNAL_WRITE: &str = "UPDATE health_probes SET writes = writes + 1 \
    WHERE id = (SELECT id FROM health_probes WHERE id = 1 FOR NO KEY UPDATE SKIP LOCKED)";

/// The last probe's result.
#[derive(Clone, Debug)]
pub struct Probe {
    ended: Instant,
    pub took: Duration,
    /// The clocks of this machine and of the database are noticeably apart.
    clocks_differ: bool,
    /// Why the database could not be written; absent if it could.
    pub failure: Option<String>,
}

impl Probe {
    pub fn age(&self) -> Duration {
        self.ended.elapsed()
    }

    /// Whether the database could be written a short while ago.
    pub fn is_good(&self) -> bool {
        self.failure.is_none() && self.age() < LONGEST_AGE
    }
}

/// The place of the last result.
#[derive(Clone, Default)]
pub(in crate::store) struct LastProbe(Arc<Mutex<Option<Probe>>>);

impl Store {
    /// The last result; absent before the first. Asks nothing of the database.
    pub fn last_probe(&self) -> Option<Probe> {
        self.last_probe.0.lock().clone()
    }

    /// Probes at intervals, and sooner when there is trouble. Runs until it is aborted.
    pub async fn keep_probing(self: Arc<Self>) {
        tokio::join!(self.probe_in_turn(), self.look_in_turn());
    }

    async fn look_in_turn(&self) {
        loop {
            sleep(LOOKOUT).await;
            if let Some(servers) = &self.servers
                && servers.seek().await
            {
                self.doubt.raise_again();
                self.doubt.tell_trouble();
            }
        }
    }

    async fn probe_in_turn(&self) {
        loop {
            sleep(PAUSE).await;
            // Elapsed: the time has come without trouble.
            let _elapsed = timeout(INTERVAL.saturating_sub(PAUSE), self.doubt.trouble()).await;
            self.probe().await;
            if self.last_probe().is_some_and(|probe| probe.failure.is_some()) && self.has_moved().await {
                self.doubt.raise_again();
                self.probe().await;
            }
        }
    }

    /// Whether another of several servers is to take the writes now. New connections lead there.
    async fn has_moved(&self) -> bool {
        match &self.servers {
            Some(servers) if servers.are_several() => servers.seek().await,
            _ => false,
        }
    }

    /// Finds out what the database does, and writes the result down.
    pub async fn probe(&self) {
        let begun = Instant::now();
        let outcome = match timeout(INTERVAL, self.exercise()).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        self.metrics.db_up.set(i64::from(outcome.is_ok()));
        let offset = self.report_clock_offset();
        let clocks_differ = offset.size() >= NOTEWORTHY_OFFSET;
        let failure = outcome.err();
        let probe = Probe { ended: Instant::now(), took: begun.elapsed(), clocks_differ, failure };
        let before = self.last_probe.0.lock().replace(probe.clone());
        if clocks_differ && !before.as_ref().is_some_and(|before| before.clocks_differ) {
            tracing::warn!(
                offset_seconds = offset.seconds(),
                "the clocks of this machine and of the database differ; synchronize them (NTP)"
            );
        }
        let failed_before = before.is_some_and(|before| before.failure.is_some());
        match &probe.failure {
            Some(error) if !failed_before => {
                tracing::warn!(error, "the database cannot be written; not ready")
            }
            None if failed_before => tracing::info!("the database can be written again"),
            _ => {}
        }
    }

    fn report_clock_offset(&self) -> ClockOffset {
        let offset = self.clock_offset().unwrap_or_default();
        self.metrics.clock_offset.set(offset.seconds());
        offset
    }

    /// Reads as requests do, and writes as requests and as the journal do.
    async fn exercise(&self) -> Result<(), StoreError> {
        self.ping().await?;
        self.retrying(|| async {
            let next = Expr::col((Entity, Column::Writes)).add(1);
            let again = OnConflict::column(Column::Id).value(Column::Writes, next).to_owned();
            let row = ActiveModel { id: Set(ROW), writes: Set(1) };
            Entity::insert(row).on_conflict(again).exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await?;
        if self.is_sqlite() { Ok(()) } else { self.retrying(|| self.exercise_journal()).await }
    }

    /// On each connection of the journal: all of its pool, and the one that rotates. They are asked for at once, so that
    /// each of the pool has its turn, and several that are dead are found out together.
    async fn exercise_journal(&self) -> Result<(), StoreError> {
        let pool = self.journal.get_postgres_connection_pool();
        let turn = AsyncMutex::new(());
        let all = (0..pool.options().get_max_connections()).map(|_| write_in_turn(pool, &turn));
        join_all(all).await.into_iter().collect::<Result<(), sqlx::Error>>()?;
        self.rotator
            .run(pool, async |connection| sqlx::query(JOURNAL_WRITE).execute(connection).await)
            .await?;
        Ok(())
    }
}

/// One after the other, so that none of them finds the row locked by another one.
async fn write_in_turn(pool: &PgPool, turn: &AsyncMutex<()>) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let _turn = turn.lock().await;
    sqlx::query(JOURNAL_WRITE).execute(&mut *connection).await?;
    Ok(())
}
