//! The database: connections, transactions and, in the modules below, every query.
//!
//! Queries are functions on [`Store`]; entities do not leave this layer.
//!
//! Transactions that lock more than one row of an account lock them in one order, or PostgreSQL would have to
//! abort one in favor of another: the user, its session families (by id), the password, what is spent (codes,
//! ceremonies, attempts at factors) before what it proves (number, passkey), logins that wait, trusted devices.
//! Those that hold the user's row wait for each other there, whatever they lock next. For the others the rest of the order
//! counts: the journal's, and those that count, lock or withdraw attempts.

pub mod account;
pub(crate) mod authenticator;
pub mod credential;
pub(crate) mod database;
pub(crate) mod entity;
pub(crate) mod federation;
pub(crate) mod keys;
pub mod notification;
pub mod privacy;
pub(crate) mod security_event;
pub mod session;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::Notify;

pub(crate) use self::database::connect::ConnectError;
pub use self::database::error::StoreError;
pub(crate) use self::database::probe::Probe;
pub use self::database::transaction::{Decision, Tx};
pub use self::security_event::effects::Effects;
pub use self::session::anomaly::LoginPlace;

use self::database::connect::servers::Servers;
use self::database::doubt::Doubt;
use self::database::kept_connection::KeptConnection;
use self::database::moment::{self, StoreTime};
use self::database::probe::LastProbe;
use self::database::traced;
use self::security_event::stranger_count::Tally;
use crate::clock::{Clock, ClockOffset};
use crate::config;
use crate::telemetry::metrics::{Metrics, PoolState};

/// How often a transaction is tried when the database asks for it.
const ATTEMPTS: u32 = 6;

/// One interface to both databases. SQLite has one connection that writes and a few that read, so that
/// reads never queue behind a commit; on PostgreSQL the journal has connections of its own, so that
/// commits never queue behind requests, and so have the feed of revocations and readiness, so that neither does what a
/// node must know to go on.
#[derive(Clone)]
pub struct Store {
    write: DatabaseConnection,
    read: DatabaseConnection,
    journal: DatabaseConnection,
    watch: DatabaseConnection,
    /// Where the database may be, if it is PostgreSQL.
    servers: Option<Arc<Servers>>,
    /// The one of the journal's connections that rotates.
    rotator: Arc<KeptConnection>,
    /// Whether connections that are open lead to a server that can serve.
    doubt: Doubt,
    last_probe: LastProbe,
    time: StoreTime,
    /// The longest a unit of work may take, waiting for a connection included.
    patience: Duration,
    /// `database.max_lifetime`
    max_lifetime: Duration,
    metrics: Metrics,
    /// Wakes the worker that empties the outbox.
    outbox_filled: Arc<Notify>,
    /// Counted, and not written yet.
    strangers: Arc<Mutex<Tally>>,
}

/// # Parameters
/// - `patience`: the longest a unit of work may take
fn longest_write_of(patience: Duration) -> Duration {
    // Every pause between two attempts is shorter than a second.
    (patience + Duration::from_secs(1)) * ATTEMPTS
}

impl Store {
    /// Whether this process has the database for itself.
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// The longest time from the decision on a write to its commit, retries included.
    pub fn longest_write(&self) -> Duration {
        longest_write_of(self.patience)
    }

    /// [`Store::longest_write`] with the longest time-outs that can be configured: a bound for writes that began on
    /// another node, or before a restart with other settings.
    pub fn longest_configurable_write() -> Duration {
        longest_write_of(config::Database::LONGEST_TIMEOUT * 2)
    }

    fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Pings the database.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it gives none in time.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.bounded(self.ask_for_life()).await
    }

    async fn ask_for_life(&self) -> Result<(), StoreError> {
        match &self.time {
            StoreTime::Held(_) => Ok(self.watch.ping().await?),
            StoreTime::Database(clock) => moment::ask(&self.watch, clock).await,
        }
    }

    /// The clock that all nodes on this database share.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.time.clock()
    }

    /// Whether this process knows the database's time ([`is_known`](crate::clock::DatabaseClock::is_known)).
    pub fn knows_the_time(&self) -> bool {
        match &self.time {
            StoreTime::Held(_) => true,
            StoreTime::Database(clock) => clock.is_known(),
        }
    }

    /// How far the database's time is from the clock of this machine; `None` where it goes by no clock of its own.
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        match &self.time {
            StoreTime::Held(_) => None,
            StoreTime::Database(clock) => Some(clock.offset()),
        }
    }

    /// Publishes the use of the pool as metrics.
    pub fn report_pool(&self) {
        let (open, idle, most) = if self.is_sqlite() {
            let pool = self.read.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        } else {
            let pool = self.write.get_postgres_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        };
        let busy = i64::from(open) - i64::try_from(idle).unwrap_or(0);
        let metrics = &self.metrics.db_pool;
        metrics.size.set(i64::from(most));
        let gauge = |state: PoolState| metrics.connections.with_label_values(&[state.as_str()]);
        gauge(PoolState::Busy).set(busy.max(0));
        gauge(PoolState::Idle).set(i64::try_from(idle).unwrap_or(0));
    }

    /// Closes all connections; writes that were acknowledged are on disk before.
    pub async fn close(&self) {
        self.rotator.close().await;
        for connection in [&self.watch, &self.journal, &self.read, &self.write] {
            if let Err(error) = connection.clone().close().await {
                tracing::warn!(%error, "closing a database connection failed");
            }
        }
    }

    /// Runs a unit of work within the time limit and counts its failure.
    async fn bounded<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let span = self.unit_span();
        let result = match tokio::time::timeout(self.patience, work).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Unavailable("no answer in time".to_owned())),
        };
        traced::ended(span, &result);
        if let Err(error) = &result
            && let Some(fault) = error.fault()
        {
            self.metrics.db_errors.with_label_values(&[fault.as_str()]).inc();
            match error {
                StoreError::Unfit(_) => self.doubt.raise(),
                StoreError::Unavailable(_) => self.doubt.tell_trouble(),
                _ => {}
            }
        }
        result
    }

    /// Runs a transaction again as long as the database aborts it in favor of another one, but
    /// begins no attempt after the time limit.
    async fn retrying<T, F>(&self, transaction: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.retrying_if(StoreError::is_contention, transaction).await
    }

    /// The same for errors that are worth another attempt.
    async fn retrying_if<T, F>(
        &self,
        worthwhile: impl Fn(&StoreError) -> bool,
        mut transaction: impl FnMut() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let (begun, mut attempt) = (Instant::now(), 0);
        loop {
            attempt += 1;
            match self.bounded(transaction()).await {
                Err(error) if worthwhile(&error) && attempt < ATTEMPTS && begun.elapsed() < self.patience => {
                    tokio::time::sleep(Duration::from_millis(4 << attempt)).await;
                }
                result => return result,
            }
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("backend", &self.backend()).finish_non_exhaustive()
    }
}
