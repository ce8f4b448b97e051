//! SQL on either database, past the server.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::support::backend::{Backend, Env};
use crate::support::postgres::psql;

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
        Backend::Postgres => tokio::task::block_in_place(|| psql(env.database_url(), text)),
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
    sql(env, names).lines().map(str::to_owned).collect()
}

/// Every row of every table.
pub fn dump(env: &Env) -> String {
    let table = |table: &String| format!("{table}\n{}\n", sql(env, &format!("SELECT * FROM {table}")));
    tables(env).iter().map(table).collect()
}
