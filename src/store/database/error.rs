//! What can go wrong between us and the database.

use std::fmt::Display;

use sea_orm::{ColumnTrait, DbErr, RuntimeErr};
use sqlx::Error as SqlxError;
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use crate::store::database::error_code::{self, Meaning};
use crate::telemetry::metrics::DatabaseFault;

/// One enum for the whole layer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer, or none in time. Whether a write took effect is unknown.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// This server cannot serve, and another connection may lead to one that can. Whether a write took effect is
    /// unknown.
    #[error("the database server cannot serve: {0}")]
    Unfit(String),
    /// The database aborted the transaction in favor of another one: nothing happened, try again.
    #[error("the database aborted the transaction: {0}")]
    Contention(String),
    /// Another transaction holds a lock for longer than this one may wait: nothing happened, try again.
    #[error("the database is locked elsewhere: {0}")]
    Locked(String),
    /// The value exists already.
    #[error("a unique value exists already")]
    Duplicate,
    /// The session that asks for the change has ended: nothing has changed.
    #[error("the acting session is revoked")]
    SessionEnded,
    /// A message of the change cannot be sealed: nothing has changed.
    #[error("a message cannot be sealed")]
    Unsealable,
    /// A row cannot be what we wrote.
    #[error("a stored row is damaged: {0}")]
    Corrupt(CorruptRow),
    /// A mistake in a query, or a condition that should not occur.
    #[error("database error: {0}")]
    Other(String),
}

/// Where a value is that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} of row {id}")]
pub struct CorruptRow {
    /// The name of the table.
    pub table: String,
    /// The name of the column.
    pub column: &'static str,
    /// The primary key.
    pub id: String,
}

impl StoreError {
    /// The word for the kind of error in traces.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SessionEnded => "session_ended",
            Self::Unsealable => "unsealable",
            _ => match self.fault() {
                Some(fault) => fault.as_str(),
                None => "none",
            },
        }
    }

    /// What is wrong with the database or what it holds, if something is.
    pub const fn fault(&self) -> Option<DatabaseFault> {
        match self {
            Self::Unavailable(_) | Self::Unfit(_) => Some(DatabaseFault::Unavailable),
            Self::Contention(_) | Self::Locked(_) => Some(DatabaseFault::Contention),
            Self::Duplicate => Some(DatabaseFault::Duplicate),
            Self::Corrupt(_) => Some(DatabaseFault::Corrupt),
            Self::Other(_) => Some(DatabaseFault::Other),
            Self::SessionEnded | Self::Unsealable => None,
        }
    }

    /// Whether the same unit of work may succeed if it is run again: nothing was written.
    pub const fn is_contention(&self) -> bool {
        matches!(self, Self::Contention(_) | Self::Locked(_))
    }

    /// A value of this column, in the row with this primary key, cannot be read.
    pub(in crate::store) fn corrupt(column: impl ColumnTrait, id: impl Display) -> Self {
        let table = column.entity_name().to_string();
        Self::Corrupt(CorruptRow { table, column: column.as_str(), id: id.to_string() })
    }
}

/// The rows of a list that can be read; the others are logged, so that one of them does not fail the list.
pub(in crate::store) fn without_corrupt<T>(
    rows: impl Iterator<Item = Result<T, StoreError>>,
) -> impl Iterator<Item = T> {
    rows.filter_map(|row| {
        row.inspect_err(|error| tracing::error!(%error, "a row is left out of a list")).ok()
    })
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        match &error {
            DbErr::ConnectionAcquire(_) => Self::Unavailable(text),
            DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner) => match inner {
                RuntimeErr::SqlxError(inner) => Self::from_sqlx(inner, text),
                RuntimeErr::Internal(_) => Self::Other(text),
            },
            _ => Self::Other(text),
        }
    }
}

impl From<SqlxError> for StoreError {
    fn from(error: SqlxError) -> Self {
        let text = error.to_string();
        Self::from_sqlx(&error, text)
    }
}

impl StoreError {
    fn from_sqlx(error: &SqlxError, text: String) -> Self {
        match error {
            SqlxError::Database(inner) => match meaning(inner.as_ref()) {
                Meaning::Contention => Self::Contention(text),
                Meaning::Locked => Self::Locked(text),
                Meaning::Unavailable => Self::Unavailable(text),
                Meaning::Unfit => Self::Unfit(text),
                Meaning::Duplicate => Self::Duplicate,
                Meaning::Statement => Self::Other(text),
            },
            SqlxError::Configuration(_)
            | SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::BeginFailed
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => Self::Unavailable(text),
            _ => Self::Other(text),
        }
    }
}

/// What a code of either database means: SQLite's are numbers, PostgreSQL's have five characters.
pub(in crate::store::database) fn meaning(error: &dyn DatabaseError) -> Meaning {
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<SqliteError>() {
        Some(_) => error_code::of_sqlite(code.parse().unwrap_or_default()),
        None => error_code::of_postgres(&code),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    #[tokio::test]
    async fn a_read_only_file_is_unfit() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("a.db"));
        let mut writer = options.clone().create_if_missing(true).connect().await.unwrap();
        sqlx::query("CREATE TABLE t (a INTEGER)").execute(&mut writer).await.unwrap();
        let mut reader = options.read_only(true).connect().await.unwrap();
        let refused = sqlx::query("INSERT INTO t VALUES (1)").execute(&mut reader).await.unwrap_err();
        assert!(matches!(StoreError::from(refused), StoreError::Unfit(_)));
        let wrong = sqlx::query("SELECT b FROM t").execute(&mut reader).await.unwrap_err();
        assert!(matches!(StoreError::from(wrong), StoreError::Other(_)));
    }
}
