//! Leases: one node at a time does for all what must not be done twice.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::clock::Timestamp;
use crate::store::entity::lease::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

impl Store {
    /// Takes a lease that is free, or extends one that the holder has. Gives back whether the holder has it now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let written = self
            .retrying(|| async {
                let lease = ActiveModel {
                    name: Set(name.to_owned()),
                    holder: Set(holder.to_owned()),
                    expires_at: Set(until),
                };
                let column = |column| Expr::col((Entity, column));
                let is_free = column(Column::Holder).eq(holder).or(column(Column::ExpiresAt).lte(now));
                let again = OnConflict::column(Column::Name)
                    .update_columns([Column::Holder, Column::ExpiresAt])
                    .action_and_where(is_free)
                    .to_owned();
                Ok(Entity::insert(lease).on_conflict(again).exec_without_returning(&self.write).await?)
            })
            .await?;
        Ok(written == 1)
    }

    /// Gives a lease back before it expires.
    ///
    /// # Errors
    /// [`StoreError`]; then it is free when it expires.
    pub async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.retrying(|| async {
            let own = Entity::delete_many().filter(Column::Name.eq(name)).filter(Column::Holder.eq(holder));
            own.exec(&self.write).await?;
            Ok(())
        })
        .await
    }
}
