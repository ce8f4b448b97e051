//! Root keys, sealed.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder};

use crate::clock::Timestamp;
use crate::store::entity::root_key::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

const ACTIVE: &str = "active";

/// A root key as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRootKey {
    pub id: u8,
    pub active: bool,
    pub sealed: Vec<u8>,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn root_keys(&self) -> Result<Vec<StoredRootKey>, StoreError> {
        self.bounded(async {
            let rows = Entity::find().order_by_asc(Column::Id).all(&self.write).await?;
            let read = |row: crate::store::entity::root_key::Model| {
                let id = u8::try_from(row.id).map_err(|_| StoreError::Corrupt("root_keys.id"))?;
                Ok(StoredRootKey { id, active: row.state == ACTIVE, sealed: row.sealed })
            };
            rows.into_iter().map(read).collect()
        })
        .await
    }

    /// Writes the first root key unless another node was faster.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_root_key(&self, id: u8, sealed: &[u8], now: Timestamp) -> Result<(), StoreError> {
        self.retrying(|| async {
            let row = ActiveModel {
                id: Set(i16::from(id)),
                sealed: Set(sealed.to_vec()),
                state: Set(ACTIVE.to_owned()),
                created_at: Set(now.as_micros()),
            };
            let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
            insert.exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await
    }
}
