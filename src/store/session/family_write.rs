//! The writes that actors ask for: the next generation of a family, its revocation, and a renewal, which spends
//! a reauthentication along with the token.
//!
//! Each is a compare-and-swap: it takes effect only if the family is still what the actor took it for. What has queued
//! is committed in batches. A batch waits for no lock of another transaction: what it cannot lock is left out, and is
//! committed alone.

mod authority;
mod renewal;
mod revocation;
mod rotation;

use uuid::Uuid;

use crate::store::{Store, StoreError};

pub use authority::{Authority, RevocationRefusal};
pub use renewal::{Renewal, RenewalOutcome, RenewalPurpose, Renewed};
pub use revocation::{FamilyRevocation, RevocationOutcome};
pub use rotation::{Rotated, Rotation, RotationOutcome};

/// A write that is committed together with others of its kind.
pub trait BatchedWrite: Send + Sync + Sized + 'static {
    /// The result, once it is committed.
    type Outcome: Send;

    /// The largest batch.
    const MOST: usize;
    /// The name of the operation in traces.
    const OPERATION: &'static str;

    fn family_id(&self) -> Uuid;

    /// Commits a batch in which each family occurs at most once. The outcomes are in its order; `None` is what another
    /// transaction has locked, to be committed alone.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was committed is then unknown.
    fn commit_batch(
        store: &Store,
        batch: &[Self],
    ) -> impl Future<Output = Result<Vec<Option<Self::Outcome>>, StoreError>> + Send;

    /// Commits a single write, and waits for those who have locked its family.
    ///
    /// # Errors
    /// [`StoreError`]; whether it was committed is then unknown.
    fn commit_alone(&self, store: &Store) -> impl Future<Output = Result<Self::Outcome, StoreError>> + Send;
}

/// A batch is not tried again while it is locked out: what is locked is committed alone.
const fn is_worth_another_batch(error: &StoreError) -> bool {
    matches!(error, StoreError::Contention(_))
}

/// `None` if the batch would have had to wait for a lock: then nothing was changed.
fn unless_locked<T>(batch: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match batch {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::Locked(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One order for all batches, so that two of them do not wait for each other crosswise.
fn by_family<W: BatchedWrite>(batch: &[W]) -> Vec<&W> {
    let mut ordered: Vec<&W> = batch.iter().collect();
    ordered.sort_unstable_by_key(|write| write.family_id());
    ordered
}
