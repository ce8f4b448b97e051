//! SQLite: one file, one connection that writes, and a few that read.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use log::LevelFilter;
use rustix::fs::{Access, access};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use super::{ConnectError, Pools};
use crate::config;
use crate::file_error::{FileError, create_folder};
use crate::store::database::doubt::Doubt;
use crate::store::database::error_code::{self, Meaning};
use crate::store::session::family_write::{BatchedWrite, Rotation};

/// Page caches. Readers look at single rows here and there, and the system has the file's pages in memory anyway.
const WRITER_CACHE_KIB: u32 = 2_048;
const READER_CACHE_KIB: u32 = 512;
/// Between two attempts to open a file that another process is preparing.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

pub(super) async fn open(config: &config::Database, doubt: &Doubt) -> Result<Pools, ConnectError> {
    let options: SqliteConnectOptions = config.url.expose().parse().map_err(|error: sqlx::Error| {
        ConnectError::File { file: config.url.to_string(), reason: error.to_string() }
    })?;
    let file = options.get_filename().to_owned();
    prepare_files(&file)?;
    let failed =
        |error| ConnectError::File { file: file.display().to_string(), reason: reason(&file, &error) };
    // By hand: a pool tells the reason of some failures only as that it timed out.
    let first = with_settings(options.clone(), config, WRITER_CACHE_KIB);
    let first = first_connection(&first, config.statement_timeout).await.map_err(failed)?;
    first.close().await.map_err(failed)?;
    let write = pool(&options, config, doubt, (1, WRITER_CACHE_KIB)).await.map_err(failed)?;
    let read = pool(&options, config, doubt, (readers(), READER_CACHE_KIB)).await.map_err(failed)?;
    Ok(Pools {
        write: write.clone().into(),
        read: read.clone().into(),
        journal: write.into(),
        watch: read.into(),
        servers: None,
    })
}

/// Switches a new file to WAL, for which the connection must be alone. SQLite does not wait there for a process that does the
/// same at this moment, whatever its busy time-out (`sqlite3_busy_handler`), so the attempt is repeated.
async fn first_connection(
    options: &SqliteConnectOptions,
    patience: Duration,
) -> Result<SqliteConnection, sqlx::Error> {
    let begun = Instant::now();
    loop {
        match options.connect().await {
            Err(error) if is_contended(&error) && begun.elapsed() < patience => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            result => return result,
        }
    }
}

fn is_contended(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse().ok());
    code.is_some_and(|code| error_code::of_sqlite(code) == Meaning::Contention)
}

async fn pool(
    options: &SqliteConnectOptions,
    config: &config::Database,
    doubt: &Doubt,
    (connections, cache_kib): (u32, u32),
) -> Result<SqlitePool, sqlx::Error> {
    let pool = super::pool(config, connections, doubt)
        .min_connections(1)
        // The file does not go away: a connection need not be asked whether it lives.
        .test_before_acquire(false)
        // The file is always the same: nothing is gained by closing a connection to it.
        .idle_timeout(None)
        .max_lifetime(None);
    pool.connect_with(with_settings(options.clone(), config, cache_kib)).await
}

/// Connections that only read: more than there are cores would only hold page caches.
fn readers() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4) as u32)
}

/// WAL with `synchronous=FULL`: with NORMAL, acknowledged commits do not survive a power cut.
fn with_settings(
    options: SqliteConnectOptions,
    config: &config::Database,
    cache_kib: u32,
) -> SqliteConnectOptions {
    options
        .log_statements(LevelFilter::Off)
        .log_slow_statements(LevelFilter::Warn, config.slow_statement)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is deleted is overwritten: an erased address must not stay in free pages.
        .pragma("secure_delete", "ON")
        .busy_timeout(config.statement_timeout)
        // SQLite's thread hands over a whole batch's rows without waiting for the reader.
        .row_buffer_size(Rotation::MOST)
        // Negative: KiB instead of pages.
        .pragma("cache_size", format!("-{cache_kib}"))
}

/// SQLite's words, which name no file, and what can be seen of the file from outside.
fn reason(file: &Path, error: &sqlx::Error) -> String {
    let told =
        error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    match std::fs::metadata(file) {
        Ok(found) if found.is_dir() => format!("{told} (it is a folder)"),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            format!("{told} (there is no such file; `?mode=rwc` in database.url creates it)")
        }
        Err(source) => format!("{told} ({})", FileError::new(file, source)),
        Ok(_) => told,
    }
}

/// Creates the folder, restricts files that an earlier version left open to the group or to others, and refuses files
/// that this process may not write: SQLite opens them as if nothing were wrong.
fn prepare_files(file: &Path) -> Result<(), ConnectError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder).map_err(ConnectError::Folder)?;
    }
    for end in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{end}", file.display()));
        if let Err(error) = close_to_others(&file) {
            tracing::warn!(file = %file.display(), %error, "cannot restrict the database file to its owner");
        }
        if file.exists()
            && let Err(denied) = access(&file, Access::READ_OK | Access::WRITE_OK)
        {
            let reason = FileError::new(&file, denied.into()).to_string();
            return Err(ConnectError::File { file: file.display().to_string(), reason });
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
        tracing::info!(file = %file.display(), "restricted the database file to its owner");
    }
    Ok(())
}
