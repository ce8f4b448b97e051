//! What was spent of the daily quotas for messages.

use std::collections::HashSet;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::store::entity::quota_usage::{ActiveModel, Column, Entity, Model};
use crate::store::entity::user;
use crate::store::{Decision, Store, StoreError, Tx};

/// What a quota has been used, on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUsage {
    /// Whose quota of what: `mail`, or `sms/USER`.
    pub scope: String,
    /// That user.
    pub user_id: Option<Uuid>,
    /// Days since the Unix epoch, UTC.
    pub day: i64,
    /// Messages; what was given back counts negative in an increment.
    pub used: i64,
}

impl Store {
    /// What the nodes have written of these quotas; those without an entry are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quota_usage(&self, day: i64, scopes: &[String]) -> Result<Vec<QuotaUsage>, StoreError> {
        self.bounded(async {
            let wanted = Column::Scope.is_in(scopes.iter().map(String::as_str));
            let rows = Entity::find().filter(Column::Day.eq(day)).filter(wanted).all(&self.read).await?;
            Ok(rows.into_iter().map(usage).collect())
        })
        .await
    }

    /// Adds to the quotas in one transaction, and returns what all nodes have used of them together. Those of
    /// users who no longer exist are left out: a count that comes late must leave no trace of an erased user.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was added, unless the database did not answer.
    pub async fn add_quota_usage(&self, increments: &[QuotaUsage]) -> Result<Vec<QuotaUsage>, StoreError> {
        if increments.is_empty() {
            return Ok(Vec::new());
        }
        self.transact(|tx| async move {
            let users = existing_users(&tx, increments).await?;
            let counts = |increment: &&QuotaUsage| increment.user_id.is_none_or(|user| users.contains(&user));
            let rows: Vec<ActiveModel> = increments.iter().filter(counts).map(row).collect();
            if rows.is_empty() {
                return Ok(Decision::Rollback(Vec::new()));
            }
            let added = Expr::col((Alias::new("excluded"), Column::Used));
            let add = OnConflict::columns([Column::Scope, Column::Day])
                .value(Column::Used, Expr::col((Entity, Column::Used)).add(added))
                .to_owned();
            let totals = Entity::insert_many(rows).on_conflict(add).exec_with_returning(&tx).await?;
            Ok(Decision::Commit(totals.into_iter().map(usage).collect()))
        })
        .await
    }

    /// Forgets the quotas of the days before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_quota_usage(&self, before_day: i64) -> Result<(), StoreError> {
        self.bounded(async {
            Entity::delete_many().filter(Column::Day.lt(before_day)).exec(&self.write).await?;
            Ok(())
        })
        .await
    }
}

/// Of the users in these increments, those who exist; they exist until the end of the transaction.
async fn existing_users(tx: &Tx, increments: &[QuotaUsage]) -> Result<HashSet<Uuid>, StoreError> {
    let named = increments.iter().filter_map(|increment| increment.user_id);
    let found = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.is_in(named))
        .order_by_asc(user::Column::Id)
        .lock(LockType::KeyShare);
    Ok(found.into_tuple().all(tx).await?.into_iter().collect())
}

fn row(usage: &QuotaUsage) -> ActiveModel {
    ActiveModel {
        scope: Set(usage.scope.clone()),
        day: Set(usage.day),
        used: Set(usage.used),
        user_id: Set(usage.user_id),
    }
}

fn usage(row: Model) -> QuotaUsage {
    QuotaUsage { scope: row.scope, user_id: row.user_id, day: row.day, used: row.used }
}
