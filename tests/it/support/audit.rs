//! The audit log as it stands in the database, read past the server.

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::backend::{Backend, Env};
use super::postgres::psql;
use super::stall::sqlite_path;

/// The details of a session's events of one kind, the oldest first.
pub fn events(env: &Env, kind: &str, session_id: &str) -> Vec<Value> {
    let rows = match env.backend() {
        Backend::Sqlite => sqlite(
            env,
            &format!(
                "SELECT detail FROM security_events WHERE kind = '{kind}' \
                 AND session_id = unhex('{}') ORDER BY id",
                session_id.replace('-', "")
            ),
        ),
        Backend::Postgres => postgres(
            env,
            &format!(
                "SELECT detail FROM security_events WHERE kind = '{kind}' \
                 AND session_id = '{session_id}' ORDER BY id"
            ),
        ),
    };
    rows.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

/// The generation that the database holds for a session.
///
/// # Panics
/// When there is no such session.
pub fn generation(env: &Env, session_id: &str) -> usize {
    let rows = match env.backend() {
        Backend::Sqlite => sqlite(
            env,
            &format!(
                "SELECT CAST(generation AS TEXT) FROM session_families WHERE id = unhex('{}')",
                session_id.replace('-', "")
            ),
        ),
        Backend::Postgres => {
            postgres(env, &format!("SELECT generation FROM session_families WHERE id = '{session_id}'"))
        }
    };
    rows[0].parse().expect("a number")
}

/// How many messages wait in the outbox, or are on their way.
pub fn pending_messages(env: &Env) -> usize {
    // Without warnings that wait for the end of the hour.
    let sql = "SELECT CAST(count(*) AS TEXT) FROM outbox \
               WHERE state = 'pending' AND (attempts > 0 OR next_attempt_at = created_at)";
    rows(env, sql)[0].parse().expect("a number")
}

/// The first column of a query's rows, as text.
pub fn rows(env: &Env, sql: &str) -> Vec<String> {
    match env.backend() {
        Backend::Sqlite => sqlite(env, sql),
        Backend::Postgres => postgres(env, sql),
    }
}

fn sqlite(env: &Env, sql: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(sqlite_path(env), flags).expect("the database opens");
    let mut statement = connection.prepare(sql).expect("SQL");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

fn postgres(env: &Env, sql: &str) -> Vec<String> {
    let rows = psql(env.database_url(), sql);
    rows.lines().map(str::to_owned).collect()
}
