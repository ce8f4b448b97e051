//! The families whose current generation is under one root key, revoked together after the theft of the key.

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::revocation::RevokeReason;
use crate::store::entity::session_family::{Column, Entity};
use crate::store::session::family as session_family;
use crate::store::{Decision, Store, StoreError};

/// Families of one transaction: few enough that no request waits for their locks.
const BATCH: u64 = 500;

/// Families under one root key.
#[derive(Clone, Copy, Debug)]
pub struct FamiliesUnder {
    pub root_key: u8,
    /// Those that had not expired then.
    pub since: Timestamp,
    /// The youngest of them: later ones are left out, so that there is an end to them.
    pub last: Uuid,
}

impl Store {
    /// The youngest family of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn youngest_family(&self) -> Result<Option<Uuid>, StoreError> {
        self.bounded(async {
            let youngest = Entity::find().select_only().column(Column::Id).order_by_desc(Column::Id).limit(1);
            Ok(youngest.into_tuple().one(&self.read).await?)
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn count_families_under(&self, families: FamiliesUnder) -> Result<u64, StoreError> {
        self.bounded(async { Ok(Entity::find().filter(under(families)).count(&self.read).await?) }).await
    }

    /// Revokes the next of these families, and returns how many. Rows that another transaction holds are passed over.
    ///
    /// # Errors
    /// [`StoreError`]; then none of this batch was revoked.
    pub async fn revoke_families_under(
        &self,
        families: FamiliesUnder,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let ids: Vec<Uuid> = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(under(families))
                .order_by_asc(Column::Id)
                .limit(BATCH)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .into_tuple()
                .all(&tx)
                .await?;
            session_family::revoke(&tx, &ids, RevokeReason::KeyRetired, at).await?;
            self.log_revocations(&tx, &ids, RevokeReason::KeyRetired, at).await?;
            tx.count_ended(RevokeReason::KeyRetired, ids.len());
            Ok(Decision::Commit(ids.len() as u64))
        })
        .await
    }
}

fn under(families: FamiliesUnder) -> Condition {
    session_family::live(families.since)
        .add(Column::KeyId.eq(i16::from(families.root_key)))
        .add(Column::Id.lte(families.last))
}
