//! Answers to CAPTCHAs that were used.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::captcha_use::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

impl Store {
    /// Uses an answer up. `false` if it was used before, at any node. It must be remembered until `expires_at`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_captcha(&self, id: Uuid, expires_at: Timestamp) -> Result<bool, StoreError> {
        self.retrying(async || {
            let row = ActiveModel { id: Set(id), expires_at: Set(expires_at) };
            let once = OnConflict::column(Column::Id).do_nothing().to_owned();
            let written =
                Entity::insert_many([row]).on_conflict(once).exec_without_returning(&self.write).await?;
            Ok(written == 1)
        })
        .await
    }
}
