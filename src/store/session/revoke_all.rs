//! All sessions of all users revoked at once: one entry in the revocation log, and then the rows, batch by batch.
//!
//! What decides is a family's id, which begins with the millisecond of its creation: it stands in every access and
//! refresh token, so no node has to read a row to know. To hold also where clocks of nodes differ, the moment lies
//! behind the youngest id that is there, and a login that is given an older one afterwards is told to take another.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::authority::{Denial, Permission, may};
use crate::model::revocation::{Cutoff, RevokeReason};
use crate::store::entity::revocation::{ActiveModel, Column, Entity};
use crate::store::entity::session_family as family;
use crate::store::session::revocation::CHANNEL;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account::rights, session::family as session_family,
    session::login_challenge,
};

const REASON: RevokeReason = RevokeReason::RevokeAll;

/// An entry whose rows may not all have been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub cutoff: Cutoff,
    pub revoked_at: Timestamp,
}

/// What a batch did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    pub revoked: u64,
    /// The next one begins behind this; absent once there is no more.
    pub last: Option<Uuid>,
}

impl Store {
    /// Revokes all families that there are, and all logins that wait for a second factor.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn revoke_all(
        &self,
        by: Option<Uuid>,
        at: Timestamp,
        effects: &Effects,
    ) -> Result<Result<Cutoff, Denial>, StoreError> {
        self.transact(|tx| async move {
            if let Err(denial) = may(rights::lock(&tx, by).await?, Permission::Manage) {
                return Ok(Decision::Rollback(Err(denial)));
            }
            tx.recheck_acting_session(effects).await?;
            let cutoff = Cutoff::after(at, youngest(&tx).await?).max_of(latest(&tx).await?);
            self.log_cutoff(&tx, cutoff, at).await?;
            login_challenge::void_all(&tx, at).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(Ok(cutoff)))
        })
        .await
    }

    /// Logs it in its transaction, and on PostgreSQL wakes the other nodes at its commit.
    async fn log_cutoff(&self, tx: &Tx, cutoff: Cutoff, at: Timestamp) -> Result<(), StoreError> {
        let entry = ActiveModel {
            seq: NotSet,
            family_id: Set(Uuid::nil()),
            revoked_at: Set(at),
            reason: Set(REASON),
            created_before: Set(Some(cutoff.moment())),
            settled_at: Set(None),
        };
        Entity::insert(entry).exec_without_returning(tx).await?;
        if !self.is_sqlite() {
            tx.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
        }
        Ok(())
    }

    /// Logs again that all families created before are revoked, if the database has forgotten it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn log_cutoff_again(&self, cutoff: Cutoff, at: Timestamp) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            if latest(&tx).await?.is_some_and(|known| known >= cutoff) {
                return Ok(Decision::Rollback(false));
            }
            self.log_cutoff(&tx, cutoff, at).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// The last entry of this kind that is not settled; it covers the earlier ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unsettled_revocation(&self) -> Result<Option<Unsettled>, StoreError> {
        self.bounded(async {
            let row = Entity::find()
                .filter(Column::CreatedBefore.is_not_null())
                .filter(Column::SettledAt.is_null())
                .order_by_desc(Column::CreatedBefore)
                .limit(1)
                .one(&self.read)
                .await?;
            Ok(row.and_then(|row| {
                let cutoff = Cutoff::at(row.created_before?);
                Some(Unsettled { cutoff, revoked_at: row.revoked_at })
            }))
        })
        .await
    }

    /// Writes into the next `limit` rows that their families are revoked. Families that expired before `tokens_since`
    /// are left out. Rows that another transaction holds are passed over.
    ///
    /// # Errors
    /// [`StoreError`]; then none of this batch was written.
    pub async fn revoke_rows(
        &self,
        entry: &Unsettled,
        tokens_since: Timestamp,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Batch, StoreError> {
        let ids = self
            .transact(|tx| async move {
                let ids: Vec<Uuid> = family::Entity::find()
                    .select_only()
                    .column(family::Column::Id)
                    .filter(covered(entry.cutoff, tokens_since))
                    .filter(family::Column::Id.gt(after.unwrap_or_default()))
                    .order_by_asc(family::Column::Id)
                    .limit(limit)
                    .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                    .into_tuple()
                    .all(&tx)
                    .await?;
                session_family::revoke(&tx, &ids, REASON, entry.revoked_at).await?;
                tx.count_ended(REASON, ids.len());
                Ok(Decision::Commit(ids))
            })
            .await?;
        let is_last = (ids.len() as u64) < limit;
        Ok(Batch { revoked: ids.len() as u64, last: ids.last().copied().filter(|_| !is_last) })
    }

    /// Marks the entry, and those it covers, as settled, unless a row is left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_revocation(
        &self,
        entry: &Unsettled,
        tokens_since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let left = family::Entity::find()
                .select_only()
                .column(family::Column::Id)
                .filter(covered(entry.cutoff, tokens_since))
                .limit(1)
                .into_tuple::<Uuid>()
                .one(&tx)
                .await?;
            if left.is_some() {
                return Ok(Decision::Rollback(false));
            }
            Entity::update_many()
                .col_expr(Column::SettledAt, Expr::value(now))
                .filter(Column::CreatedBefore.lte(entry.cutoff.moment()))
                .filter(Column::SettledAt.is_null())
                .exec(&tx)
                .await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}

/// The last entry's moment, which a new family must not be older than.
pub(in crate::store) async fn latest(tx: &Tx) -> Result<Option<Cutoff>, StoreError> {
    let latest: Option<Timestamp> = Entity::find()
        .select_only()
        .column(Column::CreatedBefore)
        .filter(Column::CreatedBefore.is_not_null())
        .order_by_desc(Column::CreatedBefore)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(latest.map(Cutoff::at))
}

async fn youngest(tx: &Tx) -> Result<Option<Uuid>, StoreError> {
    let id = family::Entity::find()
        .select_only()
        .column(family::Column::Id)
        .order_by_desc(family::Column::Id)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(id)
}

fn covered(cutoff: Cutoff, tokens_since: Timestamp) -> Condition {
    session_family::live(tokens_since).add(family::Column::Id.lt(cutoff.first_id()))
}
