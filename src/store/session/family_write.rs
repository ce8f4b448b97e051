//! What actors have written: the next generation of a family, or its end.
//!
//! A batch of rotations is ONE statement, whatever its size. Each rotation is a compare-and-swap: it
//! takes effect only if the family still has the expected generation, has not ended, and its user may
//! still act. Endings, with their revocation log and their events, share a transaction. A batch does not
//! wait for locks: what another transaction has locked is left out, and is committed apart. A renewal, which spends a
//! proof along with the token, has a transaction of its own.

mod renewal;
mod rotation;

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::UserFacts;
use crate::model::idempotency::IdempotencyKeyHash;
use crate::model::location::Location;
use crate::model::revocation::RevokeReason;
use crate::store::entity::session_family::{Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, Tx, session::login_challenge};

pub use renewal::{Renewal, RenewalPurpose, Renewed};

/// Rotations in one batch at most.
pub const MAX_ROTATIONS: usize = 512;

/// The next generation of a family. It begins when the database says.
#[derive(Clone, Debug)]
pub struct Rotation {
    pub family_id: Uuid,
    /// The generation that is spent; the next one is this plus one.
    pub spent_generation: u64,
    /// The proof that the next generation's tokens will tell of. Another one, given at a node of an earlier version
    /// meanwhile, makes this change come too late, like another generation.
    pub auth_time: Timestamp,
    /// The root key of the next generation's token.
    pub key_id: u8,
    /// The identifier of the next generation's access token.
    pub jti: Uuid,
    /// Of the attempt's `Idempotency-Key`, for its retries.
    pub rotation_key_hash: Option<IdempotencyKeyHash>,
    /// How long the next generation may go unused.
    pub idle_timeout: Duration,
    /// How long its access token is good for.
    pub access_life: Duration,
    /// The client's masked network; `None` keeps the last one, and the location.
    pub network: Option<String>,
    /// Where that is, if it is known.
    pub location: Option<Location>,
}

/// The end of a family.
#[derive(Clone, Debug)]
pub struct Ending {
    pub family_id: Uuid,
    /// Only while this generation is the current one; `None` ends any.
    pub generation: Option<u64>,
    pub reason: RevokeReason,
    pub at: Timestamp,
    /// The spent token whose reuse ended the family.
    pub replayed_jti: Option<Uuid>,
    /// The user, if it is a logout.
    pub logged_out: Option<Uuid>,
    pub effects: Effects,
}

/// One write to one family.
#[derive(Clone, Debug)]
pub enum FamilyWrite {
    Rotate(Rotation),
    End(Box<Ending>),
    Renew(Box<Renewal>),
}

impl FamilyWrite {
    pub fn family_id(&self) -> Uuid {
        match self {
            Self::Rotate(rotation) => rotation.family_id,
            Self::End(ending) => ending.family_id,
            Self::Renew(renewal) => renewal.rotation.family_id,
        }
    }
}

/// The result of one write, once it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// With the user as of now, since roles are read again at every refresh, and the moment of the rotation.
    Rotated(UserFacts, Timestamp),
    Ended,
    Renewed(Box<Renewed>),
    /// The proof was spent, or the attempt locked, before: nothing was changed.
    ProofSpent,
    /// Another change was faster, or the family is gone: nothing was changed.
    Lost,
}

/// The outcomes of a batch, in its order; `None` is what another transaction has locked: it is to be committed apart.
pub type BatchOutcome = Vec<Option<WriteOutcome>>;

impl Store {
    /// Commits a batch of at most [`MAX_ROTATIONS`], in which each family occurs at most once.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was committed is then unknown.
    pub async fn rotate_families(&self, rotations: &[Rotation]) -> Result<BatchOutcome, StoreError> {
        let ordered = by_family(rotations, |rotation| rotation.family_id);
        // These two are no units of work: the statement that every refresh waits for speaks sqlx, and is a
        // transaction of its own without BEGIN and COMMIT, which would be two round trips more for each batch.
        let all = self.retrying_if(is_worth_another_batch, || rotation::rotate(self, &ordered)).await;
        let (mut rotated, locked) = if let Some(rotated) = unless_locked(all)? {
            (rotated, Vec::new())
        } else {
            let free = || rotation::rotate_unlocked(self, &ordered);
            match unless_locked(self.retrying_if(is_worth_another_batch, free).await)? {
                Some(outcome) => outcome,
                // The table is locked.
                None => return Ok(vec![None; rotations.len()]),
            }
        };
        let outcome = |rotation: &Rotation| {
            let is_locked = locked.contains(&rotation.family_id);
            (!is_locked).then(|| outcome_of(&mut rotated, rotation.family_id))
        };
        Ok(rotations.iter().map(outcome).collect())
    }

    /// Commits a rotation by itself, and waits for the transaction that has locked the family.
    ///
    /// # Errors
    /// [`StoreError`]; whether it was committed is then unknown.
    pub async fn rotate_family(&self, rotation: &Rotation) -> Result<WriteOutcome, StoreError> {
        let mut rotated = self.retrying(|| rotation::rotate_apart(self, rotation)).await?;
        Ok(outcome_of(&mut rotated, rotation.family_id))
    }

    /// Commits a batch of endings, in which each family occurs at most once.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was committed is then unknown.
    pub async fn end_batch(&self, endings: &[Box<Ending>]) -> Result<BatchOutcome, StoreError> {
        let ordered: Vec<&Ending> =
            by_family(endings, |ending| ending.family_id).into_iter().map(AsRef::as_ref).collect();
        let batch =
            self.transact_on(&self.journal, is_worth_another_batch, |tx| self.end_all(tx, &ordered)).await;
        let Some(ended) = unless_locked(batch)? else {
            return Ok(vec![None; endings.len()]);
        };
        Ok(endings.iter().map(|ending| Some(ending_outcome(ending, &ended))).collect())
    }

    /// Commits an ending by itself, and waits for the transaction that has locked the family.
    ///
    /// # Errors
    /// [`StoreError`]; whether it was committed is then unknown.
    pub async fn end_family(&self, ending: &Ending) -> Result<WriteOutcome, StoreError> {
        let alone = [ending];
        let ended = self.transact(|tx| self.end_all(tx, &alone)).await?;
        Ok(ending_outcome(ending, &ended))
    }

    /// Gives back the families that have ended.
    async fn end_all(&self, tx: Tx, endings: &[&Ending]) -> Result<Decision<Vec<Uuid>>, StoreError> {
        let mut ended = Vec::with_capacity(endings.len());
        for ending in endings {
            if self.end(&tx, ending).await? {
                ended.push(ending.family_id);
            }
        }
        Ok(Decision::Commit(ended))
    }

    /// `false` if it had ended before, or is of another generation.
    async fn end(&self, tx: &Tx, ending: &Ending) -> Result<bool, StoreError> {
        let mut update = Entity::update_many();
        if let Some(generation) = ending.generation {
            update = update.filter(Column::Generation.eq(generation.cast_signed()));
        }
        let updated = update
            .col_expr(Column::RevokedAt, Expr::value(ending.at))
            .col_expr(Column::RevokeReason, Expr::value(ending.reason))
            .col_expr(Column::ReplayedJti, Expr::value(ending.replayed_jti))
            .filter(Column::Id.eq(ending.family_id))
            .filter(Column::RevokedAt.is_null())
            .exec(tx)
            .await?;
        if updated.rows_affected == 0 {
            return Ok(false);
        }
        self.log_revocations(tx, &[ending.family_id], ending.reason, ending.at).await?;
        if let Some(user_id) = ending.logged_out {
            // A login that was begun elsewhere with the password does not outlive the logout.
            login_challenge::void(tx, user_id, ending.at).await?;
        }
        tx.record(&ending.effects).await?;
        tx.count_ended(ending.reason, 1);
        Ok(true)
    }
}

/// A batch is not tried again while it is locked out: what is locked is committed apart.
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

fn ending_outcome(ending: &Ending, ended: &[Uuid]) -> WriteOutcome {
    if ended.contains(&ending.family_id) { WriteOutcome::Ended } else { WriteOutcome::Lost }
}

fn outcome_of(rotated: &mut HashMap<Uuid, (UserFacts, Timestamp)>, family: Uuid) -> WriteOutcome {
    rotated.remove(&family).map_or(WriteOutcome::Lost, |(user, at)| WriteOutcome::Rotated(user, at))
}

/// One order for all batches, so that two of them do not wait for each other crosswise.
fn by_family<T>(writes: &[T], family_id: impl Fn(&T) -> Uuid) -> Vec<&T> {
    let mut ordered: Vec<&T> = writes.iter().collect();
    ordered.sort_unstable_by_key(|write| family_id(write));
    ordered
}
