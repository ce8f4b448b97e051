//! The revocation of a family, with its entry in the revocation log and its security event.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Authority, BatchedWrite, RevocationRefusal, by_family, is_worth_another_batch, unless_locked};
use crate::clock::Timestamp;
use crate::model::revocation::RevokeReason;
use crate::store::entity::session_family::{Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, Tx, session::login_challenge};

/// A family that is to be revoked.
#[derive(Clone, Debug)]
pub struct FamilyRevocation {
    pub family_id: Uuid,
    /// Only while this generation is the current one; `None` revokes any.
    pub generation: Option<u64>,
    pub reason: RevokeReason,
    pub at: Timestamp,
    /// The spent token whose reuse is the reason; the column is called `replayed_jti`.
    pub reused_jti: Option<Uuid>,
    /// The user, if it is a logout.
    pub logged_out: Option<Uuid>,
    pub effects: Effects,
}

/// The result of a revocation, once it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationOutcome {
    Revoked,
    /// The family was revoked before, is of another generation, or is gone: nothing was changed.
    Overtaken,
}

impl BatchedWrite for FamilyRevocation {
    type Outcome = RevocationOutcome;

    /// Each is several statements, and the first waits for the last.
    const MOST: usize = 32;
    const OPERATION: &'static str = "revoke";

    fn family_id(&self) -> Uuid {
        self.family_id
    }

    async fn commit_batch(
        store: &Store,
        batch: &[Self],
    ) -> Result<Vec<Option<RevocationOutcome>>, StoreError> {
        let ordered = by_family(batch);
        let work = |tx| revoke_all(store, tx, &ordered);
        let committed = store.transact_on(&store.journal, is_worth_another_batch, work).await;
        let Some(revoked) = unless_locked(committed)? else {
            return Ok(vec![None; batch.len()]);
        };
        let outcome = |revocation: &Self| RevocationOutcome::of(revoked.contains(&revocation.family_id));
        Ok(batch.iter().map(|revocation| Some(outcome(revocation))).collect())
    }

    async fn commit_alone(&self, store: &Store) -> Result<RevocationOutcome, StoreError> {
        store.transact(|tx| async move { Ok(Decision::Commit(revoke(store, &tx, self).await?)) }).await
    }
}

impl Store {
    /// Revokes a family on the authority of another session, which is checked in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`]; whether it was committed is then unknown.
    pub async fn revoke_family_for(
        &self,
        authority: &Authority,
        revocation: &FamilyRevocation,
    ) -> Result<Result<RevocationOutcome, RevocationRefusal>, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = authority.check(&tx, revocation.family_id).await? {
                return Ok(Decision::Rollback(Err(refusal)));
            }
            Ok(Decision::Commit(Ok(revoke(self, &tx, revocation).await?)))
        })
        .await
    }
}

impl RevocationOutcome {
    const fn of(is_revoked: bool) -> Self {
        if is_revoked { Self::Revoked } else { Self::Overtaken }
    }
}

/// Returns the families that were live.
async fn revoke_all(
    store: &Store,
    tx: Tx,
    revocations: &[&FamilyRevocation],
) -> Result<Decision<Vec<Uuid>>, StoreError> {
    let mut revoked = Vec::with_capacity(revocations.len());
    for revocation in revocations {
        if revoke(store, &tx, revocation).await? == RevocationOutcome::Revoked {
            revoked.push(revocation.family_id);
        }
    }
    Ok(Decision::Commit(revoked))
}

async fn revoke(
    store: &Store,
    tx: &Tx,
    revocation: &FamilyRevocation,
) -> Result<RevocationOutcome, StoreError> {
    let mut update = Entity::update_many();
    if let Some(generation) = revocation.generation {
        update = update.filter(Column::Generation.eq(generation.cast_signed()));
    }
    let updated = update
        .col_expr(Column::RevokedAt, Expr::value(revocation.at))
        .col_expr(Column::RevokeReason, Expr::value(revocation.reason))
        .col_expr(Column::ReplayedJti, Expr::value(revocation.reused_jti))
        .filter(Column::Id.eq(revocation.family_id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(RevocationOutcome::Overtaken);
    }
    store.log_revocations(tx, &[revocation.family_id], revocation.reason, revocation.at).await?;
    if let Some(user_id) = revocation.logged_out {
        // A login that was begun elsewhere with the password does not outlive the logout.
        login_challenge::void(tx, user_id, revocation.at).await?;
    }
    tx.record(&revocation.effects).await?;
    tx.count_ended(revocation.reason, 1);
    Ok(RevocationOutcome::Revoked)
}
