//! A database that reads but does not write: requests that need a commit wait until the test lets go.

use rusqlite::Connection as Sqlite;
use sqlx::{Connection, Executor, PgConnection};

use super::backend::{Backend, Env};
use super::sql::sqlite_file;

/// Holds the lock that every write of a session family needs. Shorter than the servers' own time-outs
/// (5 s), or they give up.
pub enum Stall {
    Sqlite(Sqlite),
    Postgres(PgConnection),
}

impl Stall {
    /// Takes the lock.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn writes(env: &Env) -> Stall {
        match env.backend() {
            Backend::Sqlite => {
                let connection = Sqlite::open(sqlite_file(env)).expect("the database opens");
                connection
                    .execute_batch("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
                    .expect("the write lock");
                Stall::Sqlite(connection)
            }
            Backend::Postgres => {
                let mut connection = PgConnection::connect(env.database_url()).await.expect("a connection");
                // Plain reads go on; everything that writes or locks a row waits.
                connection
                    .execute("BEGIN; LOCK TABLE session_families IN EXCLUSIVE MODE")
                    .await
                    .expect("the table's lock");
                Stall::Postgres(connection)
            }
        }
    }

    /// Lets the waiting writes go on.
    pub async fn release(self) {
        match self {
            Stall::Sqlite(connection) => connection.execute_batch("ROLLBACK").expect("a transaction"),
            Stall::Postgres(mut connection) => {
                connection.execute("ROLLBACK").await.expect("a transaction");
            }
        }
    }
}
