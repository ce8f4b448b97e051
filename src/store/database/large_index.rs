//! Indexes that are built while the table is written, each a step of its own. What a crash leaves half built is dropped and
//! built again by the next start.

use std::time::Duration;

use migration::LargeIndex;
use sea_orm::ConnectionTrait;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::sleep;

use crate::store::{Store, StoreError};

/// PostgreSQL's advisory lock: "index" in ASCII.
const LOCK: i64 = 0x0069_6e64_6578;
/// Between two attempts at the lock.
const PAUSE: Duration = Duration::from_millis(200);

impl Store {
    /// Builds those that are missing. Several nodes may call it at the same time: one builds, and the others wait. SQLite
    /// builds them at once, since no one else writes. Gives back how many were built, on SQLite how many there are.
    ///
    /// # Errors
    /// [`StoreError`]; those that were finished stay.
    pub async fn build_indexes(&self, indexes: &[LargeIndex]) -> Result<usize, StoreError> {
        if indexes.is_empty() {
            return Ok(0);
        }
        if self.is_sqlite() {
            for LargeIndex { name, on } in indexes {
                self.write.execute_unprepared(&format!("CREATE INDEX IF NOT EXISTS {name} ON {on}")).await?;
            }
            return Ok(indexes.len());
        }
        // It leaves the pool: its time limits are others.
        let mut connection = self.write.get_postgres_connection_pool().acquire().await?.detach();
        let built = build_all(&mut connection, indexes).await;
        connection.close().await?;
        Ok(built?)
    }
}

async fn build_all(connection: &mut PgConnection, indexes: &[LargeIndex]) -> Result<usize, sqlx::Error> {
    sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0").execute(&mut *connection).await?;
    // Never waited for in a statement: the one who builds would wait for the end of that statement.
    while !take_lock(connection).await? {
        sleep(PAUSE).await;
    }
    let mut built = 0;
    for index in indexes {
        built += usize::from(build(connection, index).await?);
    }
    // The lock ends with the connection.
    Ok(built)
}

async fn take_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(connection).await
}

/// False if it was there.
async fn build(connection: &mut PgConnection, index: &LargeIndex) -> Result<bool, sqlx::Error> {
    let LargeIndex { name, on } = index;
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)";
    let valid: Option<bool> = sqlx::query_scalar(valid).bind(*name).fetch_optional(&mut *connection).await?;
    if valid == Some(true) {
        return Ok(false);
    }
    tracing::info!(index = name, "building an index; requests go on");
    if valid == Some(false) {
        run(connection, format!("DROP INDEX CONCURRENTLY {name}")).await?;
    }
    run(connection, format!("CREATE INDEX CONCURRENTLY {name} ON {on}")).await?;
    Ok(true)
}

/// By the simple protocol and alone, since neither statement may run in a transaction.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
