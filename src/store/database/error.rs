//! What can go wrong between us and the database.

use std::fmt::Display;

use sea_orm::{ColumnTrait, DbErr, RuntimeErr, SqlErr};
use sqlx::Error as SqlxError;

/// One enum for the whole layer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer, or none in time. Whether a write took effect is unknown.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The database gave up for the sake of another transaction: nothing happened, try again.
    #[error("the database asks to try again: {0}")]
    Contention(String),
    /// Another transaction holds a lock for longer than this one may wait: nothing happened, try again.
    #[error("the database is locked elsewhere: {0}")]
    Locked(String),
    /// The value exists already.
    #[error("a unique value exists already")]
    Duplicate,
    /// The session that asks for the change has ended: nothing has changed.
    #[error("the session that asks has ended")]
    SessionEnded,
    /// A message of the change cannot be sealed: nothing has changed.
    #[error("a message cannot be sealed")]
    Unsealable,
    /// A row cannot be what we wrote.
    #[error("a stored row is damaged: {0}")]
    Corrupt(CorruptRow),
    #[error("database error: {0}")]
    Other(String),
}

/// Where a value is that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} of row {id}")]
pub struct CorruptRow {
    pub table: String,
    pub column: &'static str,
    /// The primary key.
    pub id: String,
}

/// PostgreSQL: serialization failure, deadlock. SQLite: busy and its variants.
const CONTENTION: [&str; 4] = ["40001", "40P01", "5", "6"];
/// PostgreSQL: lock not available.
const LOCKED: &str = "55P03";
/// PostgreSQL classes (08 connection, 53 resources, 57 operator, 58 system) and, of class 25, an idle
/// transaction that was ended. SQLite: input or output error, disk full, cannot open.
const UNAVAILABLE: [&str; 8] = ["08", "53", "57", "58", "25P03", "10", "13", "14"];

impl StoreError {
    /// The metric's label.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Contention(_) | Self::Locked(_) => "contention",
            Self::Duplicate => "duplicate",
            Self::SessionEnded => "session_ended",
            Self::Unsealable => "unsealable",
            Self::Corrupt(_) => "corrupt",
            Self::Other(_) => "other",
        }
    }

    /// Whether something is wrong with the database or what it holds.
    pub const fn is_fault(&self) -> bool {
        !matches!(self, Self::SessionEnded | Self::Unsealable)
    }

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
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Duplicate;
        }
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
            SqlxError::Database(inner) if inner.is_unique_violation() => Self::Duplicate,
            SqlxError::Database(inner) => {
                let code = primary_code(&inner.code().unwrap_or_default());
                let class = if code.len() == 5 { &code[..2] } else { code.as_str() };
                if code == LOCKED {
                    Self::Locked(text)
                } else if CONTENTION.contains(&code.as_str()) {
                    Self::Contention(text)
                } else if UNAVAILABLE.contains(&code.as_str()) || UNAVAILABLE.contains(&class) {
                    Self::Unavailable(text)
                } else {
                    Self::Other(text)
                }
            }
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => Self::Unavailable(text),
            _ => Self::Other(text),
        }
    }
}

/// SQLite's extended codes carry the primary one in their lowest byte; PostgreSQL's have five characters.
fn primary_code(code: &str) -> String {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => (number & 0xff).to_string(),
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_are_reduced_to_their_primary_one() {
        assert_eq!(primary_code("517"), "5");
        assert_eq!(primary_code("3082"), "10");
        assert_eq!(primary_code("40001"), "40001");
        assert_eq!(primary_code("40P01"), "40P01");
    }
}
