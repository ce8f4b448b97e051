//! What the journal commits: many families' writes at once.
//!
//! A batch of rotations is ONE statement, whatever its size. Each rotation is a compare-and-swap: it
//! takes effect only if the family still has the expected generation, has not ended, and its user may
//! still act. Endings and step-ups, with their revocation log and their events, share a transaction.

mod rotation;
mod step_up;

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entity::session_family::{Column, Entity};
use super::{Store, StoreError, Trail, login_challenge, trail};
use crate::clock::Timestamp;
use crate::model::account::UserFacts;
use crate::model::idempotency::IdempotencyKeyHash;
use crate::model::location::Location;
use crate::model::revocation::RevokeReason;

pub use step_up::StepUpWrite;

/// Rotations in one batch at most.
pub const MAX_ROTATIONS: usize = 512;

/// The next generation of a family.
#[derive(Clone, Debug)]
pub struct Rotation {
    pub family_id: Uuid,
    /// The generation that is spent; the next one is this plus one.
    pub spent_generation: u64,
    /// The proof that the next generation's tokens will tell of. Another one, given at another node meanwhile,
    /// makes this change come too late, like another generation.
    pub auth_time: Timestamp,
    /// The root key of the next generation's token.
    pub key_id: u8,
    /// The identifier of the next generation's access token.
    pub jti: Uuid,
    /// When the next generation begins.
    pub at: Timestamp,
    /// Of the attempt's `Idempotency-Key`, for its retries.
    pub rotation_key_hash: Option<IdempotencyKeyHash>,
    pub idle_expires_at: Timestamp,
    /// The client's masked network; `None` keeps the last one, and the location.
    pub network: Option<String>,
    /// Where that is, if anybody knows.
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
    pub trail: Trail,
}

/// One write to one family.
#[derive(Clone, Debug)]
pub enum FamilyWrite {
    Rotate(Rotation),
    Change(FamilyChange),
}

/// What is rare, and several statements long.
#[derive(Clone, Debug)]
pub enum FamilyChange {
    End(Box<Ending>),
    StepUp(Box<StepUpWrite>),
}

impl FamilyWrite {
    pub fn family_id(&self) -> Uuid {
        match self {
            Self::Rotate(rotation) => rotation.family_id,
            Self::Change(change) => change.family_id(),
        }
    }
}

impl FamilyChange {
    pub fn family_id(&self) -> Uuid {
        match self {
            Self::End(ending) => ending.family_id,
            Self::StepUp(step_up) => step_up.family_id,
        }
    }
}

/// What became of one write, once its batch is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// With the user as of now: roles are read anew at every refresh.
    Rotated(UserFacts),
    Ended,
    /// With the user as of now.
    SteppedUp(UserFacts),
    /// Somebody else was faster, or the family is gone: nothing was changed.
    Lost,
}

impl Store {
    /// Commits a batch of at most [`MAX_ROTATIONS`], in which each family occurs at most once; the outcomes are in
    /// its order.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was committed is then unknown.
    pub async fn rotate_families(&self, rotations: &[Rotation]) -> Result<Vec<WriteOutcome>, StoreError> {
        let ordered = by_family(rotations, |rotation| rotation.family_id);
        let mut rotated = self.retrying(|| rotation::rotate(self, &ordered)).await?;
        let outcome = |rotation: &Rotation| {
            rotated.remove(&rotation.family_id).map_or(WriteOutcome::Lost, WriteOutcome::Rotated)
        };
        Ok(rotations.iter().map(outcome).collect())
    }

    /// Commits a batch of changes, in which each family occurs at most once; the outcomes are in its order.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was committed is then unknown.
    pub async fn change_families(&self, changes: &[FamilyChange]) -> Result<Vec<WriteOutcome>, StoreError> {
        let ordered = by_family(changes, FamilyChange::family_id);
        let mut changed = self.retrying(|| self.try_change_families(&ordered)).await?;
        let outcome = |change: &FamilyChange| {
            let outcome = changed.remove(&change.family_id()).unwrap_or(WriteOutcome::Lost);
            self.count_change(change, &outcome);
            outcome
        };
        Ok(changes.iter().map(outcome).collect())
    }

    async fn try_change_families(
        &self,
        changes: &[&FamilyChange],
    ) -> Result<HashMap<Uuid, WriteOutcome>, StoreError> {
        let transaction = self.begin(&self.journal).await?;
        let mut outcomes = HashMap::with_capacity(changes.len());
        for change in changes {
            let outcome = match change {
                FamilyChange::End(ending) => self.end(&transaction, ending).await?,
                FamilyChange::StepUp(write) => step_up::step_up(&transaction, write).await?,
            };
            outcomes.insert(change.family_id(), outcome);
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    fn count_change(&self, change: &FamilyChange, outcome: &WriteOutcome) {
        match (change, outcome) {
            (FamilyChange::End(ending), WriteOutcome::Ended) => {
                self.count(&ending.trail);
                self.metrics.count_ended(ending.reason, 1);
            }
            (FamilyChange::StepUp(step_up), WriteOutcome::SteppedUp(_)) => self.count(&step_up.trail),
            _ => {}
        }
    }

    async fn end(
        &self,
        connection: &impl ConnectionTrait,
        ending: &Ending,
    ) -> Result<WriteOutcome, StoreError> {
        let mut update = Entity::update_many();
        if let Some(generation) = ending.generation {
            update = update.filter(Column::Generation.eq(generation.cast_signed()));
        }
        let updated = update
            .col_expr(Column::RevokedAt, Expr::value(ending.at.as_micros()))
            .col_expr(Column::RevokeReason, Expr::value(ending.reason.as_str()))
            .col_expr(Column::ReplayedJti, Expr::value(ending.replayed_jti))
            .filter(Column::Id.eq(ending.family_id))
            .filter(Column::RevokedAt.is_null())
            .exec(connection)
            .await?;
        if updated.rows_affected == 0 {
            return Ok(WriteOutcome::Lost);
        }
        self.log_revocations(connection, &[ending.family_id], ending.reason, ending.at).await?;
        if let Some(user_id) = ending.logged_out {
            // Whoever logs out is done: what was begun elsewhere with the password is over as well.
            login_challenge::void(connection, user_id, ending.at).await?;
        }
        trail::write(connection, &ending.trail).await?;
        Ok(WriteOutcome::Ended)
    }
}

/// One order for all batches, so that two of them do not wait for each other crosswise.
fn by_family<T>(writes: &[T], family_id: impl Fn(&T) -> Uuid) -> Vec<&T> {
    let mut ordered: Vec<&T> = writes.iter().collect();
    ordered.sort_unstable_by_key(|write| family_id(write));
    ordered
}
