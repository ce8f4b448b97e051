//! What actors need of the outside: loading a family and having a change committed.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::journal::Journal;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{FamilyWrite, WriteOutcome};
use crate::store::{Store, StoreError};

/// A port, because tests of the actors bring their own.
pub trait FamilyStore: Send + Sync + 'static {
    /// The family as it is now; `None` if there is none.
    fn load(&self, id: Uuid) -> BoxFuture<'static, Result<Option<LoadedFamily>, StoreError>>;

    /// Returns once the change is on disk, or was found to have lost. An error leaves open which.
    fn write(&self, write: FamilyWrite) -> BoxFuture<'static, Result<WriteOutcome, StoreError>>;
}

/// The real one: reads and renewals go to the pool, other writes to the journal.
#[derive(Clone, Debug)]
pub struct Database {
    store: Arc<Store>,
    journal: Arc<Journal>,
    /// A pooled socket stays with the runtime that opened it, so queries run there, not on an actor's.
    runtime: Handle,
}

impl Database {
    pub fn new(store: Arc<Store>, journal: Journal, runtime: Handle) -> Self {
        Self { store, journal: Arc::new(journal), runtime }
    }

    fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let task = self.runtime.spawn(work);
        Box::pin(async move { task.await.unwrap_or_else(|error| Err(StoreError::Other(error.to_string()))) })
    }
}

impl FamilyStore for Database {
    fn load(&self, id: Uuid) -> BoxFuture<'static, Result<Option<LoadedFamily>, StoreError>> {
        let store = Arc::clone(&self.store);
        self.on_runtime(async move { store.load_family(id).await })
    }

    fn write(&self, write: FamilyWrite) -> BoxFuture<'static, Result<WriteOutcome, StoreError>> {
        match write {
            FamilyWrite::Renew(renewal) => {
                let store = Arc::clone(&self.store);
                self.on_runtime(async move { store.renew_family(&renewal).await })
            }
            FamilyWrite::Rotate(rotation) => {
                let journal = Arc::clone(&self.journal);
                Box::pin(async move { journal.rotate(rotation).await })
            }
            FamilyWrite::End(ending) => {
                let journal = Arc::clone(&self.journal);
                Box::pin(async move { journal.end(ending).await })
            }
        }
    }
}
