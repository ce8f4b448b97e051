//! Backup codes: only their hashes.

use std::sync::Arc;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::factor::Factors;
use crate::model::principal::ActingSession;
use crate::store::entity::backup_code::{ActiveModel, Column, Entity};
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, authenticator::enrolled, session::acting_session,
};

/// A set to be written: ids with PHC strings.
#[derive(Clone, Debug)]
pub struct NewBackupCodes {
    pub codes: Vec<(Uuid, String)>,
    pub at: Timestamp,
}

/// A code as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBackupCode {
    pub id: Uuid,
    pub hash: String,
    pub created_at: Timestamp,
}

/// The outcome of [`Store::replace_backup_codes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupCodesOutcome {
    Yes,
    /// The user has no second factor beside which it could stand.
    NotEnrolled,
    /// The user may no longer act, or the session has ended.
    NotActive,
}

/// What is written with a use, given how many codes are left, which only the transaction knows.
pub type EffectsOfUse = Arc<dyn Fn(u32) -> Result<Effects, StoreError> + Send + Sync>;

/// A code that was right.
#[derive(Clone)]
pub struct BackupCodeUse {
    pub user_id: Uuid,
    pub id: Uuid,
    pub at: Timestamp,
    pub effects: EffectsOfUse,
}

impl std::fmt::Debug for BackupCodeUse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BackupCodeUse").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Store {
    /// The user's set, used ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn backup_codes(&self, user_id: Uuid) -> Result<Vec<StoredBackupCode>, StoreError> {
        self.bounded(async {
            let rows = Entity::find()
                .filter(Column::UserId.eq(user_id))
                .order_by_asc(Column::Id)
                .all(&self.read)
                .await?;
            let stored = rows.into_iter().map(|row| StoredBackupCode {
                id: row.id,
                hash: row.hash,
                created_at: row.created_at,
            });
            Ok(stored.collect())
        })
        .await
    }

    /// A new set in place of the old, which is void from then on.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn replace_backup_codes(
        &self,
        ActingSession { user_id, session_id }: ActingSession,
        new: &NewBackupCodes,
        effects: &Effects,
    ) -> Result<BackupCodesOutcome, StoreError> {
        self.transact(|tx| async move {
            let Some(session) = acting_session::lock(&tx, user_id, session_id).await? else {
                return Ok(Decision::Rollback(BackupCodesOutcome::NotActive));
            };
            let is_enrolled = enrolled::of_user(&tx, user_id).await?.is_enrolled();
            if !is_enrolled || session.lacks_a_factor() {
                return Ok(Decision::Rollback(BackupCodesOutcome::NotEnrolled));
            }
            replace(&tx, user_id, new).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(BackupCodesOutcome::Yes))
        })
        .await
    }
}

/// Spends a code of a user who is locked; returns what is to be told of it, or nothing if it was spent before.
pub(in crate::store) async fn spend(tx: &Tx, code: &BackupCodeUse) -> Result<Option<Effects>, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(code.at))
        .filter(Column::Id.eq(code.id))
        .filter(Column::UserId.eq(code.user_id))
        .filter(Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(None);
    }
    let left = Entity::find()
        .filter(Column::UserId.eq(code.user_id))
        .filter(Column::UsedAt.is_null())
        .count(tx)
        .await?;
    (code.effects)(u32::try_from(left).unwrap_or(u32::MAX)).map(Some)
}

/// Writes a set for a user without a working code; returns whether it did.
pub(in crate::store) async fn write_first(
    tx: &Tx,
    user_id: Uuid,
    factors: Factors,
    codes: Option<&NewBackupCodes>,
) -> Result<bool, StoreError> {
    match codes.filter(|_| factors.backup_codes == 0) {
        Some(codes) => replace(tx, user_id, codes).await.map(|()| true),
        None => Ok(false),
    }
}

/// Writes a set in place of the old.
pub(in crate::store) async fn replace(
    tx: &Tx,
    user_id: Uuid,
    new: &NewBackupCodes,
) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(tx).await?;
    let rows = new.codes.iter().map(|(id, hash)| ActiveModel {
        id: Set(*id),
        user_id: Set(user_id),
        hash: Set(hash.clone()),
        created_at: Set(new.at),
        used_at: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
