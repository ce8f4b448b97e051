//! Databases that are migrated once for each test process and then copied for each test.

use std::fs;
use std::process::Stdio;
use std::sync::OnceLock;

use super::backend::sqlite_url;
use super::process::{Setup, command};

/// The content of a migrated SQLite database, for a file of the test's own.
pub fn sqlite_file() -> &'static [u8] {
    static CONTENT: OnceLock<Vec<u8>> = OnceLock::new();
    CONTENT.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("migrated.db");
        migrate(&sqlite_url(&file));
        // Everything into the one file, whatever the process left in the write-ahead log.
        let connection = rusqlite::Connection::open(&file).expect("the database opens");
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
        drop(connection);
        fs::read(&file).expect("the database's file")
    })
}

/// Applies all migrations, as an operator does: by `kindred migrate up`.
///
/// # Panics
/// When that fails; the message carries what it wrote to standard error.
pub fn migrate(database_url: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let setup = Setup {
        data_dir: folder.path().to_owned(),
        database_url: database_url.to_owned(),
        environment: Vec::new(),
    };
    let output = command(&setup).args(["migrate", "up"]).stdin(Stdio::null()).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
