//! The database's time: what several nodes on one PostgreSQL order their writes by.
//!
//! SQLite has one process, whose clock it is. On PostgreSQL a rotation takes its moment from the statement that
//! commits it, and each answer that brings the time corrects the process's idea of it.

use std::sync::Arc;
use std::time::Instant;

use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use crate::clock::{Clock, DatabaseClock, Timestamp};
use crate::store::{StoreError, Tx};

/// PostgreSQL's own time as it is stored everywhere: in microseconds since the Unix epoch.
pub(in crate::store) const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::int8";
/// How the time is called in an answer.
pub(in crate::store) const COLUMN: &str = "database_now";

/// Where the moments of writes come from.
#[derive(Clone)]
pub(in crate::store) enum StoreTime {
    /// A clock of the process: SQLite's, or a test's.
    Held(Arc<dyn Clock>),
    Database(Arc<DatabaseClock>),
}

impl StoreTime {
    pub fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Held(clock) => Arc::clone(clock),
            Self::Database(clock) => Arc::<DatabaseClock>::clone(clock),
        }
    }

    /// The moment to bind to a statement; `None` where the statement reads the database's clock.
    pub fn bound(&self) -> Option<Timestamp> {
        match self {
            Self::Held(clock) => Some(clock.now()),
            Self::Database(_) => None,
        }
    }

    /// The database has told this moment in an answer to a question of this moment.
    pub fn learn(&self, moment: Timestamp, asked: Instant) {
        if let Self::Database(clock) = self {
            clock.learn(moment, asked);
        }
    }

    /// The moment of what a transaction writes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn within(&self, tx: &Tx) -> Result<Timestamp, StoreError> {
        match self {
            Self::Held(clock) => Ok(clock.now()),
            Self::Database(_) => Ok(read(tx).await?),
        }
    }
}

/// The process's idea of PostgreSQL's time, from a first answer.
pub(in crate::store) async fn first(connection: &DatabaseConnection) -> Result<DatabaseClock, DbErr> {
    let asked = Instant::now();
    Ok(DatabaseClock::told(read(connection).await?, asked))
}

/// Corrects it.
pub(in crate::store) async fn ask(
    connection: &DatabaseConnection,
    clock: &DatabaseClock,
) -> Result<(), StoreError> {
    let asked = Instant::now();
    clock.learn(read(connection).await?, asked);
    Ok(())
}

async fn read(connection: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
    let select = Query::select().expr_as(Expr::cust(NOW), Alias::new(COLUMN)).to_owned();
    let row = connection.query_one(&select).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database's time".to_owned()))?;
    row.try_get("", COLUMN)
}
