//! How the database is opened.

mod postgres;
mod server_name;
pub(in crate::store) mod servers;
mod session_settings;
mod sqlite;
mod timeline;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sqlx::Database;
use sqlx::pool::PoolOptions;

use self::postgres::Common;
use self::servers::Servers;
use self::timeline::Timelines;
use crate::clock::Clock;
use crate::config;
use crate::file_error::FileError;
use crate::store::database::doubt::Doubt;
use crate::store::database::kept_connection::KeptConnection;
use crate::store::database::moment::StoreTime;
use crate::store::{Store, StoreError, database::moment};
use crate::telemetry::metrics::Metrics;

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("cannot create the folder of the database: {0}")]
    Folder(FileError),
    #[error("cannot open the database {file}: {reason}")]
    File { file: String, reason: String },
    /// The reason names the server.
    #[error("cannot open the database: {0}")]
    Server(String),
    #[error("cannot open the database: {0}")]
    Database(#[from] DbErr),
}

/// The pools of a store. On SQLite the journal shares the connection that writes, and the feed of revocations those that
/// read.
struct Pools {
    write: DatabaseConnection,
    read: DatabaseConnection,
    journal: DatabaseConnection,
    watch: DatabaseConnection,
    /// On PostgreSQL.
    servers: Option<Arc<Servers>>,
}

impl Store {
    /// Opens the database and proves that it answers. The clock is the process's; on PostgreSQL a real one gives way
    /// to the database's.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        config: &config::Database,
        metrics: Metrics,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        let patience = config.acquire_timeout + config.statement_timeout;
        let doubt = Doubt::default();
        let rotator = Arc::new(KeptConnection::new(&doubt, config.max_lifetime / 2));
        let opened = if config.url.is_sqlite() {
            sqlite::open(config, &doubt).await
        } else {
            let timelines = Timelines::new(&doubt, &metrics.db_timeline);
            postgres::open(config, Common::new(&doubt, timelines), &rotator).await
        };
        let Pools { write, read, journal, watch, servers } = opened?;
        let time = if clock.yields_to_database() && !config.url.is_sqlite() {
            StoreTime::Database(Arc::new(moment::first(&watch).await?))
        } else {
            StoreTime::Held(clock)
        };
        let (last_probe, outbox_filled, strangers) = Default::default();
        Ok(Self {
            write,
            read,
            journal,
            watch,
            servers,
            rotator,
            doubt,
            last_probe,
            time,
            patience,
            max_lifetime: config.max_lifetime,
            metrics,
            outbox_filled,
            strangers,
        })
    }
}

/// What a connection to SQLite has been told of durability and consistency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlitePragmas {
    pub journal_mode: String,
    /// 2 is FULL.
    pub synchronous: i32,
    pub foreign_keys: bool,
    pub secure_delete: bool,
    pub busy_timeout_millis: i32,
}

impl Store {
    /// Reads the settings back from a connection of each pool, the one that writes first.
    ///
    /// # Errors
    /// [`DbErr`], on PostgreSQL always.
    pub async fn sqlite_pragmas(&self) -> Result<[SqlitePragmas; 2], DbErr> {
        Ok([pragmas(&self.write).await?, pragmas(&self.read).await?])
    }
}

impl Store {
    /// Empties SQLite's write-ahead log, which holds the pages of before: what was deleted is then nowhere in the
    /// files. If readers are in the way it is left for the next time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if self.is_sqlite() {
            self.bounded(async {
                self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

async fn pragmas(connection: &DatabaseConnection) -> Result<SqlitePragmas, DbErr> {
    // One statement, so that one connection answers for all.
    let sql = "SELECT journal_mode, synchronous, foreign_keys, secure_delete, timeout FROM pragma_journal_mode, \
        pragma_synchronous, pragma_foreign_keys, pragma_secure_delete, pragma_busy_timeout";
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let row =
        connection.query_one_raw(statement).await?.ok_or_else(|| DbErr::RecordNotFound(sql.to_owned()))?;
    Ok(SqlitePragmas {
        journal_mode: row.try_get("", "journal_mode")?,
        synchronous: row.try_get("", "synchronous")?,
        foreign_keys: row.try_get("", "foreign_keys")?,
        secure_delete: row.try_get("", "secure_delete")?,
        busy_timeout_millis: row.try_get("", "timeout")?,
    })
}

fn pool<DB: Database>(config: &config::Database, connections: u32, doubt: &Doubt) -> PoolOptions<DB> {
    let pool = PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(config.acquire_timeout)
        .max_lifetime(config.max_lifetime);
    doubt.watch(pool)
}
