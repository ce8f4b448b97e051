//! What was spent of the daily budgets for messages.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::quota_usage::{ActiveModel, Column, Entity, Model};
use super::{Store, StoreError};

/// What a budget has been used, on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUsage {
    /// Whose budget of what: `mail`, or `sms/USER`.
    pub scope: String,
    /// Days since the Unix epoch, UTC.
    pub day: i64,
    /// Messages; what was given back counts negative in an increment.
    pub used: i64,
}

impl Store {
    /// What the nodes have written of these budgets; those without an entry are left out.
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

    /// Adds to the budgets in one statement, and gives back what all nodes have used of them together.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was added, unless the database did not answer.
    pub async fn add_quota_usage(&self, increments: &[QuotaUsage]) -> Result<Vec<QuotaUsage>, StoreError> {
        if increments.is_empty() {
            return Ok(Vec::new());
        }
        self.retrying(|| self.try_add_quota_usage(increments)).await
    }

    async fn try_add_quota_usage(&self, increments: &[QuotaUsage]) -> Result<Vec<QuotaUsage>, StoreError> {
        let rows = increments.iter().map(|increment| ActiveModel {
            scope: Set(increment.scope.clone()),
            day: Set(increment.day),
            used: Set(increment.used),
        });
        let added = Expr::col((Alias::new("excluded"), Column::Used));
        let add = OnConflict::columns([Column::Scope, Column::Day])
            .value(Column::Used, Expr::col((Entity, Column::Used)).add(added))
            .to_owned();
        let totals = Entity::insert_many(rows).on_conflict(add).exec_with_returning(&self.write).await?;
        Ok(totals.into_iter().map(usage).collect())
    }

    /// Forgets the budgets of the days before.
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

fn usage(row: Model) -> QuotaUsage {
    QuotaUsage { scope: row.scope, day: row.day, used: row.used }
}
