//! Root keys, sealed.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder};

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::store::database::error;
use crate::store::entity::root_key::{ActiveModel, Column, Entity, Model};
use crate::store::{Store, StoreError};

/// A root key as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRootKey {
    pub id: u8,
    pub active: bool,
    pub sealed: Vec<u8>,
}

impl Store {
    /// All root keys; one that cannot be read is left out, and what was made with it is invalid.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn root_keys(&self) -> Result<Vec<StoredRootKey>, StoreError> {
        self.bounded(async {
            let rows = Entity::find().order_by_asc(Column::Id).all(&self.write).await?;
            Ok(error::without_corrupt(rows.into_iter().map(stored)).collect())
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
                state: Set(KeyState::Active.into()),
                created_at: Set(now),
            };
            let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
            insert.exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await
    }
}

fn stored(row: Model) -> Result<StoredRootKey, StoreError> {
    let id = u8::try_from(row.id).map_err(|_| StoreError::corrupt(Column::Id, row.id))?;
    Ok(StoredRootKey { id, active: row.state.known() == Some(KeyState::Active), sealed: row.sealed })
}
