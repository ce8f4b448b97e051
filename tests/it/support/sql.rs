//! SQL on either database, past the server.

use std::fmt::Display;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::backend::{Backend, Env};
use super::postgres::psql;

/// The file behind an SQLite URL.
pub fn sqlite_file(env: &Env) -> &str {
    let path = env.database_url().trim_start_matches("sqlite://");
    path.split('?').next().expect("a path")
}

/// Runs SQL and returns the rows, one a line, columns parted by `|`, bytes as `\x` and hex.
///
/// # Panics
/// When the SQL fails.
pub fn sql(env: &Env, text: &str) -> String {
    match env.backend() {
        Backend::Sqlite => sqlite(sqlite_file(env), text),
        Backend::Postgres => psql(env.database_url(), text),
    }
}

/// The rows of several queries, one query after the other. On PostgreSQL one connection serves all of them.
///
/// # Panics
/// When one fails.
pub fn sql_of_all(env: &Env, queries: &[String]) -> String {
    match env.backend() {
        Backend::Sqlite => {
            let answers = queries.iter().map(|query| sqlite(sqlite_file(env), query));
            answers.filter(|rows| !rows.is_empty()).collect::<Vec<_>>().join("\n")
        }
        Backend::Postgres => psql(env.database_url(), &queries.join("; ")),
    }
}

/// [`sql`] with each row apart.
pub fn rows(env: &Env, text: &str) -> Vec<String> {
    sql(env, text).lines().map(str::to_owned).collect()
}

/// How many rows there are `FROM` what is named: a table, perhaps with a condition.
pub fn count(env: &Env, from: &str) -> usize {
    sql(env, &format!("SELECT count(*) FROM {from}")).parse().expect("a number")
}

/// An id as a literal.
pub fn id_literal(env: &Env, id: impl Display) -> String {
    match env.backend() {
        Backend::Sqlite => format!("x'{}'", id.to_string().replace('-', "")),
        Backend::Postgres => format!("'{id}'::uuid"),
    }
}

/// Bytes as a literal.
pub fn bytes_literal(env: &Env, hex: &str) -> String {
    match env.backend() {
        Backend::Sqlite => format!("x'{hex}'"),
        Backend::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// Runs many statements.
///
/// # Panics
/// When one fails.
pub fn load(env: &Env, statements: &str) {
    match env.backend() {
        Backend::Sqlite => {
            let connection = Connection::open(sqlite_file(env)).expect("an SQLite database");
            // A dump has its tables in the order of their names.
            connection.pragma_update(None, "foreign_keys", false).expect("a setting");
            connection.execute_batch(statements).expect("the statements run");
        }
        Backend::Postgres => {
            sql(env, statements);
        }
    }
}

fn sqlite(file: &str, text: &str) -> String {
    let connection = Connection::open(file).expect("an SQLite database");
    connection.busy_timeout(Duration::from_secs(10)).expect("a time-out");
    let mut statement = connection.prepare(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let columns = statement.column_count();
    if columns == 0 {
        statement.execute([]).unwrap_or_else(|error| panic!("{text}: {error}"));
        return String::new();
    }
    let rows = statement.query_map([], |row| {
        let values = (0..columns).map(|column| row.get_ref(column).map(display));
        values.collect::<Result<Vec<_>, _>>()
    });
    let rows = rows.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let rows = rows.unwrap_or_else(|error| panic!("{text}: {error}"));
    rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n")
}

fn display(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("\\x{}", hex::encode(bytes)),
    }
}

/// Every table of ours.
pub fn tables(env: &Env) -> Vec<String> {
    let names = match env.backend() {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
        }
        Backend::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    };
    rows(env, names)
}

/// Every row of every table, behind the name of the table.
pub fn dump(env: &Env) -> String {
    let named = |table: String| [format!("SELECT '{table}'"), format!("SELECT * FROM {table}")];
    let queries: Vec<String> = tables(env).into_iter().flat_map(named).collect();
    sql_of_all(env, &queries)
}
