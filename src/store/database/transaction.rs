//! One unit of work: a transaction, what it leaves behind, and what happens once it is committed.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::store::security_event::effects;
use crate::store::session::acting_session;
use crate::store::{Effects, Store, StoreError};
use crate::telemetry::metrics::observe;

/// The end of a unit of work. Dropping a transaction never decides about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision<T> {
    /// The changes take effect.
    Commit(T),
    /// Nothing has changed.
    Rollback(T),
}

/// Work that waits for the commit. It belongs to one attempt: if the transaction runs again, it begins empty.
#[derive(Debug, Default)]
struct AfterCommit {
    events: Vec<EventKind>,
    revoked: Vec<(RevokeReason, usize)>,
    outbox_filled: bool,
}

/// A transaction in progress, which statements run on like on any connection: a handle that the work owns, so that its
/// future can be sent between threads.
///
/// Inside the work nothing else may reach the database: the pool could be empty, and on SQLite the one connection
/// that writes is this one.
#[derive(Clone, Debug)]
pub struct Tx {
    transaction: Arc<DatabaseTransaction>,
    after_commit: Arc<Mutex<AfterCommit>>,
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}

impl Tx {
    async fn begin(connection: &DatabaseConnection) -> Result<Self, StoreError> {
        let transaction = Arc::new(begin(connection).await?);
        Ok(Self { transaction, after_commit: Arc::default() })
    }

    /// Checks that the session that asks for the change has not been revoked.
    ///
    /// # Errors
    /// [`StoreError::SessionEnded`] if it has.
    pub(in crate::store) async fn recheck_acting_session(&self, effects: &Effects) -> Result<(), StoreError> {
        acting_session::recheck(self, effects.acting_session).await
    }

    /// Writes the events and messages of a change. They are counted, and the outbox's worker is woken, after the
    /// commit.
    ///
    /// # Errors
    /// [`StoreError`]; then the transaction cannot be committed.
    pub async fn record(&self, effects: &Effects) -> Result<(), StoreError> {
        effects::write(self, effects).await?;
        let mut after_commit = self.after_commit.lock();
        after_commit.events.extend(effects.events.iter().map(|event| event.kind));
        after_commit.outbox_filled |= !effects.messages.is_empty();
        Ok(())
    }

    /// The end of a change that may have found nothing to be written: the effects are recorded if there was something.
    ///
    /// # Errors
    /// [`StoreError`]; then the transaction cannot be committed.
    pub(in crate::store) async fn record_if(
        &self,
        is_written: bool,
        effects: &Effects,
    ) -> Result<Decision<bool>, StoreError> {
        if !is_written {
            return Ok(Decision::Rollback(false));
        }
        self.record(effects).await?;
        Ok(Decision::Commit(true))
    }

    /// Counts session families that the change revokes, after the commit.
    pub(in crate::store) fn count_ended(&self, reason: RevokeReason, families: usize) {
        self.after_commit.lock().revoked.push((reason, families));
    }

    /// The transaction itself, once the work has let go of its handles.
    fn into_inner(self) -> Result<(DatabaseTransaction, AfterCommit), StoreError> {
        let after_commit = std::mem::take(&mut *self.after_commit.lock());
        let transaction = Arc::into_inner(self.transaction)
            .ok_or_else(|| StoreError::Other("a unit of work kept its transaction".to_owned()))?;
        Ok((transaction, after_commit))
    }
}

impl Store {
    /// Runs a unit of work in one transaction, and again if the database aborts it in favor of another one.
    /// What the work collects must therefore be made inside it; tokens and salts are drawn inside, the time is taken
    /// outside.
    ///
    /// ```text
    /// store.transact(|tx| async move { … Ok(Decision::Commit(value)) }).await
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]; nothing has changed, except that after [`StoreError::Unavailable`] the outcome of a commit is
    /// unknown. Then nothing is counted and no worker is woken.
    pub async fn transact<T, F>(&self, work: impl Fn(Tx) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<Decision<T>, StoreError>>,
    {
        self.transact_on(&self.write, StoreError::is_contention, work).await
    }

    /// The same on a connection of the journal, and again only after the errors that `worthwhile` names: a batch
    /// does not wait for a lock that it did not get.
    ///
    /// # Errors
    /// Those of [`Store::transact`].
    pub(in crate::store) async fn transact_on<T, F>(
        &self,
        connection: &DatabaseConnection,
        worthwhile: impl Fn(&StoreError) -> bool,
        work: impl Fn(Tx) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<Decision<T>, StoreError>>,
    {
        let (value, after_commit) = self.retrying_if(worthwhile, || self.attempt(connection, &work)).await?;
        self.metrics.count_events(&after_commit.events);
        for (reason, families) in after_commit.revoked {
            self.metrics.count_ended(reason, families);
        }
        if after_commit.outbox_filled {
            self.outbox_filled.notify_one();
        }
        Ok(value)
    }

    async fn attempt<T, F>(
        &self,
        connection: &DatabaseConnection,
        work: &impl Fn(Tx) -> F,
    ) -> Result<(T, AfterCommit), StoreError>
    where
        F: Future<Output = Result<Decision<T>, StoreError>>,
    {
        let asked = Instant::now();
        let begun = Tx::begin(connection).await;
        observe(&self.metrics.db_pool.wait, asked.elapsed());
        let tx = begun?;
        let decided = work(tx.clone()).await;
        let (transaction, after_commit) = tx.into_inner()?;
        match decided {
            Ok(Decision::Commit(value)) => {
                transaction.commit().await?;
                Ok((value, after_commit))
            }
            Ok(Decision::Rollback(value)) => {
                transaction.rollback().await?;
                Ok((value, AfterCommit::default()))
            }
            Err(error) => {
                // The first error is the one to tell; a connection that cannot roll back is closed by the pool.
                if let Err(error) = transaction.rollback().await {
                    tracing::debug!(%error, "a rollback failed");
                }
                Err(error)
            }
        }
    }
}

/// A transaction without a unit of work around it: for migrations, which may take longer than a unit of work and are
/// not tried again.
pub(in crate::store) async fn begin(
    connection: &DatabaseConnection,
) -> Result<DatabaseTransaction, StoreError> {
    let options = TransactionOptions {
        // A deferred transaction that writes later can fail half-way; an immediate one waits first.
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(connection.begin_with_options(options).await?)
}
