//! SQL through `psql`: what a test sees of a database without the server under test.

use std::process::{Command, Stdio};

use super::programs;

/// Runs SQL and returns the rows, one a line, columns parted by `|`.
///
/// # Panics
/// When the SQL fails; the message carries psql's.
pub fn psql(url: &str, sql: &str) -> String {
    let output = Command::new(programs().join("psql"))
        .args(["-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
        .stdin(Stdio::null())
        .output()
        .expect("psql starts");
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Ends every other connection to the database of `url`, and tells how many there were.
pub fn terminate_backends(url: &str) -> usize {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    psql(url, sql).parse().expect("a count")
}
