//! How the database is opened.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::clock::Clock;
use crate::config;
use crate::store::database::moment::StoreTime;
use crate::store::session::family_write::{BatchedWrite, Rotation};
use crate::store::{Store, StoreError, database::moment};
use crate::telemetry::metrics::Metrics;

/// Page caches of SQLite connections. Readers look at single rows here and there, and the system has the
/// file's pages in memory anyway.
const WRITER_CACHE_KIB: u32 = 2_048;
const READER_CACHE_KIB: u32 = 512;
/// The journal's connections on PostgreSQL, apart from those that requests use: one commits endings and step-ups,
/// one listens for the revocations of other nodes, and there is room to open the one that rotates, which then
/// leaves the pool, and one for rotations beside what others have locked.
const JOURNAL_CONNECTIONS: u32 = 4;

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("cannot create the folder {path}: {source}")]
    Folder { path: String, source: std::io::Error },
    #[error("cannot open the database: {0}")]
    Database(#[from] DbErr),
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
        let (write, read, journal) = if config.url.is_sqlite() {
            prepare_files(config.url.expose())?;
            let write = open(sqlite(config, 1, WRITER_CACHE_KIB)).await?;
            let read = open(sqlite(config, sqlite_readers(), READER_CACHE_KIB)).await?;
            (write.clone(), read, write)
        } else {
            let pool = open(postgres(config, config.max_connections, &[])).await?;
            (pool.clone(), pool, open(journal_options(config)).await?)
        };
        let time = if clock.yields_to_database() && !config.url.is_sqlite() {
            StoreTime::Database(Arc::new(moment::first(&read).await?))
        } else {
            StoreTime::Held(clock)
        };
        let (rotator, outbox_filled, strangers) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Self { write, read, journal, rotator, time, patience, metrics, outbox_filled, strangers })
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

async fn open(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    Database::connect(options).await
}

fn options(config: &config::Database, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(config.url.expose());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(config.acquire_timeout)
        .connect_timeout(config.acquire_timeout)
        .sqlx_logging(false);
    options
}

/// Connections that only read: more than there are cores would only hold page caches.
fn sqlite_readers() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4) as u32)
}

/// WAL with `synchronous=FULL`: with NORMAL, acknowledged commits do not survive a power cut.
fn sqlite(config: &config::Database, connections: u32, cache_kib: u32) -> ConnectOptions {
    let mut options = options(config, connections);
    let busy = config.statement_timeout;
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted is overwritten: an erased address must not stay in free pages.
            .pragma("secure_delete", "ON")
            .busy_timeout(busy)
            // SQLite's thread hands over a whole batch's rows without waiting for the reader.
            .row_buffer_size(Rotation::MOST)
            // Negative: KiB instead of pages.
            .pragma("cache_size", format!("-{cache_kib}"))
    });
    // The file does not go away: a connection need not be asked whether it lives.
    options.test_before_acquire(false);
    // A connection that reads is never idle for long enough to be worth closing.
    options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    options
}

fn postgres(
    config: &config::Database,
    connections: u32,
    settings: &'static [(&'static str, &'static str)],
) -> ConnectOptions {
    let mut options = options(config, connections);
    let timeout = config.statement_timeout.as_millis().to_string();
    options.map_sqlx_postgres_opts(move |options| {
        options
            .application_name("kindred")
            .options([
                ("statement_timeout", timeout.as_str()),
                ("lock_timeout", timeout.as_str()),
                ("idle_in_transaction_session_timeout", timeout.as_str()),
                // An acknowledged commit is on disk, whatever the server's default says.
                ("synchronous_commit", "on"),
            ])
            .options(settings.iter().copied())
    });
    options
}

/// The journal runs one statement over and over: planned once, and always by primary key, since the
/// planner cannot know how few rows a batch has.
fn journal_options(config: &config::Database) -> ConnectOptions {
    const SETTINGS: &[(&str, &str)] = &[
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        // In milliseconds. One locked row must not hold up the rest of the batch: it is committed apart, on a
        // connection that may wait.
        ("lock_timeout", "50"),
    ];
    let mut options = postgres(config, JOURNAL_CONNECTIONS, SETTINGS);
    // Opened when they are needed: where the pool keeps some by itself it sleeps for up to a minute between two
    // attempts, after an outage, on a place that is needed.
    options.min_connections(0);
    options
}

/// Creates the folder, and takes group and others the access to files that an earlier version has left to them.
fn prepare_files(url: &str) -> Result<(), ConnectError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|source| ConnectError::Folder { path: folder.display().to_string(), source })?;
    }
    for file in ["", "-wal", "-shm"].map(|suffix| format!("{path}{suffix}")) {
        if let Err(error) = close_to_others(Path::new(&file)) {
            tracing::warn!(file, %error, "cannot take others the access to the database's file");
        }
    }
    Ok(())
}

/// A file that is not there is created closed, and SQLite gives `-wal` and `-shm` the mode of the database.
fn close_to_others(file: &Path) -> std::io::Result<()> {
    let mode = match std::fs::metadata(file) {
        Ok(found) if found.is_file() => found.permissions().mode(),
        _ => return Ok(()),
    };
    if mode & 0o077 != 0 {
        std::fs::set_permissions(file, Permissions::from_mode(mode & 0o700))?;
        tracing::info!(file = %file.display(), "took others the access to the database's file");
    }
    Ok(())
}
