//! What actors need of the outside: loading a family and having a change committed.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::journal::Journal;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{
    Authority, FamilyRevocation, Renewal, RenewalOutcome, RevocationOutcome, RevocationRefusal, Rotation,
    RotationOutcome,
};
use crate::store::{Store, StoreError};
use crate::telemetry::trace::Span;

/// The answer of the database. After an error the outcome of a write is unknown.
pub type Answer<T> = BoxFuture<'static, Result<T, StoreError>>;

/// A port, because tests of the actors bring their own. A write returns once the change is on disk, or was found to
/// have been overtaken.
pub trait FamilyStore: Send + Sync + 'static {
    /// The family as it is now; `None` if there is none.
    fn load(&self, id: Uuid) -> Answer<Option<LoadedFamily>>;

    fn rotate(&self, rotation: Rotation) -> Answer<RotationOutcome>;

    fn renew(&self, renewal: Renewal) -> Answer<RenewalOutcome>;

    fn revoke(&self, revocation: FamilyRevocation) -> Answer<RevocationOutcome>;

    /// Revokes the family unless the authority no longer holds.
    fn revoke_for(
        &self,
        authority: Authority,
        revocation: FamilyRevocation,
    ) -> Answer<Result<RevocationOutcome, RevocationRefusal>>;

    /// A write was overtaken again and again, and each time the family was found as before.
    fn note_contradiction(&self);
}

/// The database: writes that batch go to the journal; what reads, or checks more than the family, goes to the pool.
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

    fn on_runtime<T, F>(&self, work: impl FnOnce(Arc<Store>) -> F) -> Answer<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let task = self.runtime.spawn(Span::current().scope(work(Arc::clone(&self.store))));
        Box::pin(async move { task.await.unwrap_or_else(|error| Err(StoreError::Other(error.to_string()))) })
    }
}

impl FamilyStore for Database {
    fn load(&self, id: Uuid) -> Answer<Option<LoadedFamily>> {
        self.on_runtime(|store| async move { store.load_family(id).await })
    }

    fn rotate(&self, rotation: Rotation) -> Answer<RotationOutcome> {
        let journal = Arc::clone(&self.journal);
        Box::pin(async move { journal.rotations.commit(rotation).await })
    }

    fn renew(&self, renewal: Renewal) -> Answer<RenewalOutcome> {
        self.on_runtime(|store| async move { store.renew_family(&renewal).await })
    }

    fn revoke(&self, revocation: FamilyRevocation) -> Answer<RevocationOutcome> {
        let journal = Arc::clone(&self.journal);
        Box::pin(async move { journal.revocations.commit(revocation).await })
    }

    fn revoke_for(
        &self,
        authority: Authority,
        revocation: FamilyRevocation,
    ) -> Answer<Result<RevocationOutcome, RevocationRefusal>> {
        self.on_runtime(|store| async move { store.revoke_family_for(&authority, &revocation).await })
    }

    fn note_contradiction(&self) {
        self.store.note_contradiction();
    }
}
