//! Somebody else holds a lock in the database.

use sqlx::{Connection, PgConnection};

use crate::storage::sql::sqlite_file;
use crate::support::backend::{Backend, Env};

/// Held until it is released or dropped.
pub enum Lock {
    /// The only one there is: that of the writer.
    Sqlite(rusqlite::Connection),
    Postgres(PgConnection),
}

impl Lock {
    /// The session's row; on SQLite, everything.
    pub async fn session(env: &Env, id: &str) -> Lock {
        Lock::row(env, &format!("SELECT 1 FROM session_families WHERE id = '{id}'")).await
    }

    /// The user's row; on SQLite, everything.
    pub async fn user(env: &Env, email: &str) -> Lock {
        Lock::row(env, &format!("SELECT 1 FROM users WHERE email = '{email}'")).await
    }

    async fn row(env: &Env, row: &str) -> Lock {
        match env.backend() {
            Backend::Sqlite => {
                let connection = rusqlite::Connection::open(sqlite_file(env)).expect("the database");
                connection.execute_batch("BEGIN IMMEDIATE").expect("the lock is free");
                Lock::Sqlite(connection)
            }
            Backend::Postgres => {
                let mut connection = PgConnection::connect(env.database_url()).await.expect("the database");
                let lock = format!("BEGIN; {row} FOR UPDATE");
                let result = sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut connection).await;
                assert_eq!(result.expect("the lock is free").rows_affected(), 1, "{row}");
                Lock::Postgres(connection)
            }
        }
    }

    pub async fn release(self) {
        match self {
            Lock::Sqlite(connection) => connection.execute_batch("ROLLBACK").expect("it is held"),
            Lock::Postgres(mut connection) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.expect("it is held");
            }
        }
    }
}
