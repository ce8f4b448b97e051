//! An attempt that counts as wrong while what was presented is right.

use std::sync::Arc;

use super::background_tasks::BackgroundTasks;
use crate::store::authenticator::factor_attempt::FactorReservation;
use crate::store::credential::password_attempt::Reservation;
use crate::store::{Store, StoreError};

/// An attempt at a password or a code that was found right. It counts as wrong until the transaction that uses the
/// password or spends the code settles it. If this is dropped before [`CountedAttempt::settled`], what followed has failed
/// for another reason, and the attempt is withdrawn. Otherwise owners who try again while the database is slow would use
/// up their attempts with what is right, and be locked out. The answer does not wait for it. Where the transaction was
/// committed after all, one wrong attempt too many is forgotten.
pub(super) struct CountedAttempt {
    /// Absent once the attempt is settled.
    attempt: Option<Attempt>,
    withdrawals: Withdrawals,
}

/// Which kind of attempt it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Attempt {
    Password(Reservation),
    Code(FactorReservation),
}

/// What it takes to withdraw attempts in the background.
#[derive(Clone)]
pub(super) struct Withdrawals {
    pub store: Arc<Store>,
    pub background_tasks: BackgroundTasks,
}

impl CountedAttempt {
    pub fn new(attempt: Attempt, withdrawals: &Withdrawals) -> Self {
        Self { attempt: Some(attempt), withdrawals: withdrawals.clone() }
    }

    /// Withdraws it before the answer: what was right has been used before.
    ///
    /// # Errors
    /// [`StoreError`]; then it counts.
    pub async fn withdraw(mut self) -> Result<(), StoreError> {
        match self.attempt.take() {
            Some(attempt) => withdraw(&self.withdrawals.store, attempt).await,
            None => Ok(()),
        }
    }

    /// The attempt was settled, or is settled together with another one, or counts as wrong rightly.
    pub fn settled(mut self) {
        self.attempt = None;
    }
}

impl Drop for CountedAttempt {
    fn drop(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            self.withdrawals.clone().begin(attempt);
        }
    }
}

impl std::fmt::Debug for CountedAttempt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("CountedAttempt").field(&self.attempt).finish()
    }
}

impl Withdrawals {
    fn begin(self, attempt: Attempt) {
        let Self { store, background_tasks } = self;
        tokio::spawn(async move {
            let Ok(slot) = background_tasks.slot().await else { return };
            slot.spend(async move {
                if let Err(error) = withdraw(&store, attempt).await {
                    tracing::warn!(?attempt, %error, "cannot withdraw an attempt; what was right counts as wrong");
                }
            });
        });
    }
}

async fn withdraw(store: &Store, attempt: Attempt) -> Result<(), StoreError> {
    match attempt {
        Attempt::Password(attempt) => store.withdraw_attempt(attempt).await,
        // A factor that was locked meanwhile stays locked.
        Attempt::Code(attempt) => store.settle_factor_attempt(attempt, false).await.map(drop),
    }
}
