//! The share of the users that gets a generation of cookies.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;

use crate::clock::Timestamp;
use crate::model::cookie_generation::CanaryShare;
use crate::store::entity::canary_share::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

impl Store {
    /// The share of this generation; `None` where none was set, or the row has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn canary_share(&self, generation: &str) -> Result<Option<CanaryShare>, StoreError> {
        self.bounded(async {
            let row = Entity::find_by_id(generation).one(&self.read).await?;
            Ok(row.and_then(|row| u8::try_from(row.percent).ok().and_then(CanaryShare::new)))
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn set_canary_share(
        &self,
        generation: &str,
        share: CanaryShare,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.retrying(|| async {
            let row = ActiveModel {
                generation: Set(generation.to_owned()),
                percent: Set(i16::from(share.percent())),
                set_at: Set(at),
            };
            let again = OnConflict::column(Column::Generation)
                .update_columns([Column::Percent, Column::SetAt])
                .to_owned();
            Entity::insert(row).on_conflict(again).exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await
    }
}
