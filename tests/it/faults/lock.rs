//! Someone else holds a lock in the database.

use sqlx::{Connection, PgConnection};

use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::sql::{sql, sqlite_file};

/// Held until it is released or dropped.
pub enum Lock {
    /// The only one there is: that of the writer.
    Sqlite(rusqlite::Connection),
    Postgres(PgConnection),
}

impl Lock {
    /// The session's row; on SQLite, everything.
    pub async fn session(env: &Env, id: &str) -> Lock {
        Lock::rows(env, &format!("SELECT 1 FROM session_families WHERE id = '{id}'")).await
    }

    /// The user's row; on SQLite, everything.
    pub async fn user(env: &Env, email: &str) -> Lock {
        Lock::rows(env, &format!("SELECT 1 FROM users WHERE email = '{email}'")).await
    }

    /// All rows of a table that has some; on SQLite, everything.
    pub async fn all_of(env: &Env, table: &str) -> Lock {
        Lock::rows(env, &format!("SELECT 1 FROM {table}")).await
    }

    async fn rows(env: &Env, rows: &str) -> Lock {
        match env.backend() {
            Backend::Sqlite => {
                let connection = rusqlite::Connection::open(sqlite_file(env)).expect("the database");
                connection.execute_batch("BEGIN IMMEDIATE").expect("the lock is free");
                Lock::Sqlite(connection)
            }
            Backend::Postgres => {
                let mut connection = PgConnection::connect(env.database_url()).await.expect("the database");
                let lock = format!("BEGIN; {rows} FOR UPDATE");
                let result = sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut connection).await;
                assert!(result.expect("the lock is free").rows_affected() > 0, "no rows: {rows}");
                Lock::Postgres(connection)
            }
        }
    }

    pub async fn release(self) {
        self.end("ROLLBACK").await;
    }

    /// Changes something before it is released.
    pub async fn commit(self, change: &str) {
        self.end(&format!("{change}; COMMIT")).await;
    }

    async fn end(self, statements: &str) {
        match self {
            Lock::Sqlite(connection) => connection.execute_batch(statements).expect("it is held"),
            Lock::Postgres(mut connection) => {
                let statements = sqlx::AssertSqlSafe(statements.to_owned());
                sqlx::raw_sql(statements).execute(&mut connection).await.expect("it is held");
            }
        }
    }
}

/// Until a statement waits for a lock, on PostgreSQL. SQLite tells no one who waits.
pub async fn is_waited_for(env: &Env) {
    are_waited_for(env, 1).await;
}

/// Until so many do, or more: what the server does by itself may meet a lock as well.
pub async fn are_waited_for(env: &Env, statements: usize) {
    if env.backend() == Backend::Sqlite {
        return;
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async || sql(env, waiting).parse::<usize>().expect("a number");
    eventually("statements wait", async || (waiting().await >= statements).then_some(())).await;
}
