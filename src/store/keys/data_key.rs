//! Data keys, wrapped.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::clock::Timestamp;
use crate::model::data_key::DataKeyPurpose;
use crate::model::key_state::KeyState;
use crate::store::entity::data_key::{ActiveModel, Column, Entity, Model};
use crate::store::{Decision, Store, StoreError, Tx};

/// A data key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDataKey {
    /// Eight hexadecimal digits, computed from the key.
    pub id: String,
    /// Absent for a purpose of a newer version.
    pub purpose: Option<DataKeyPurpose>,
    /// Absent for a state of a newer version.
    pub state: Option<KeyState>,
    pub wrapped: Vec<u8>,
    pub created_at: Timestamp,
}

/// A data key that is wrapped again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    pub id: String,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// The outcome of a change of data keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKeyOutcome {
    Done,
    /// Another process was faster: nothing was written.
    Overtaken,
}

impl Store {
    /// All data keys, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn data_keys(&self) -> Result<Vec<StoredDataKey>, StoreError> {
        self.bounded(async {
            let order = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
            Ok(order.all(&self.read).await?.into_iter().map(stored).collect())
        })
        .await
    }

    /// Writes new keys, all or none. None is written if there is a key of the same purpose and state.
    ///
    /// # Errors
    /// [`StoreError`]; then none was written.
    pub async fn create_data_keys(&self, keys: &[StoredDataKey]) -> Result<DataKeyOutcome, StoreError> {
        self.replace_data_keys(&[], keys).await
    }

    /// Removes keys and writes others, all or none. None is changed if another process has made one of the same purpose and
    /// state in the meantime.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn replace_data_keys(
        &self,
        removed: &[String],
        new: &[StoredDataKey],
    ) -> Result<DataKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            let ids = removed.iter().map(String::as_str);
            Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&tx).await?;
            for key in new {
                if insert(&tx, key).await? == 0 {
                    return Ok(Decision::Rollback(DataKeyOutcome::Overtaken));
                }
            }
            Ok(Decision::Commit(DataKeyOutcome::Done))
        })
        .await
    }

    /// Lets the key on standby seal. The active one, if there is one, only opens from then on.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn activate_data_key(&self, id: &str) -> Result<DataKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            move_sealing_key(&tx, KeyState::Active, KeyState::Retired, None).await?;
            let activated = move_sealing_key(&tx, KeyState::Standby, KeyState::Active, Some(id)).await?;
            Ok(match activated {
                1 => Decision::Commit(DataKeyOutcome::Done),
                _ => Decision::Rollback(DataKeyOutcome::Overtaken),
            })
        })
        .await
    }

    /// Replaces wrapped keys, all or none. None is replaced if another process has changed one of them in the meantime.
    ///
    /// # Errors
    /// [`StoreError`]; then none was replaced.
    pub async fn rewrap_data_keys(&self, keys: &[Rewrapped]) -> Result<DataKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            for key in keys {
                let replaced = Entity::update_many()
                    .col_expr(Column::Wrapped, Expr::value(key.new.clone()))
                    .filter(Column::Id.eq(key.id.as_str()))
                    .filter(Column::Wrapped.eq(key.old.clone()))
                    .exec(&tx)
                    .await?;
                if replaced.rows_affected == 0 {
                    return Ok(Decision::Rollback(DataKeyOutcome::Overtaken));
                }
            }
            Ok(Decision::Commit(DataKeyOutcome::Done))
        })
        .await
    }
}

async fn move_sealing_key(
    tx: &Tx,
    from: KeyState,
    to: KeyState,
    id: Option<&str>,
) -> Result<u64, StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .filter(Column::Purpose.eq(DataKeyPurpose::Sealing))
        .filter(Column::State.eq(from));
    if let Some(id) = id {
        update = update.filter(Column::Id.eq(id));
    }
    Ok(update.exec(tx).await?.rows_affected)
}

async fn insert(connection: &impl ConnectionTrait, key: &StoredDataKey) -> Result<u64, StoreError> {
    let (Some(purpose), Some(state)) = (key.purpose, key.state) else { return Ok(0) };
    let row = ActiveModel {
        id: Set(key.id.clone()),
        purpose: Set(purpose.into()),
        state: Set(state.into()),
        wrapped: Set(key.wrapped.clone()),
        created_at: Set(key.created_at),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(connection).await?)
}

fn stored(row: Model) -> StoredDataKey {
    StoredDataKey {
        id: row.id,
        purpose: row.purpose.known(),
        state: row.state.known(),
        wrapped: row.wrapped,
        created_at: row.created_at,
    }
}
