//! Signing keys, sealed.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder};

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::store::database::word::StoredWord;
use crate::store::entity::signing_key::{ActiveModel, Column, Entity};
use crate::store::{Decision, Store, StoreError};

/// A signing key as it is stored.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct StoredSigningKey {
    pub kid: String,
    pub algorithm: String,
    pub state: StoredWord<KeyState>,
    pub sealed: Vec<u8>,
    pub public_jwk: String,
    pub created_at: Timestamp,
    pub activated_at: Option<Timestamp>,
    /// Of all this but `sealed`; absent in rows of earlier versions.
    pub mac: Option<Vec<u8>>,
}

/// A key's MAC is to take the place of another, or of none.
#[derive(Clone, Debug)]
pub struct Authentication {
    pub kid: String,
    pub old: Option<Vec<u8>>,
    pub new: Vec<u8>,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        self.bounded(async {
            let all = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Kid);
            Ok(all.into_partial_model().all(&self.write).await?)
        })
        .await
    }

    /// Writes the first keys in one transaction; if another node was faster, nothing is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_signing_keys(&self, keys: &[StoredSigningKey]) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            for key in keys {
                // The index on the one active key makes the slower node's insert a no-op.
                let insert = Entity::insert(row(key)).on_conflict(OnConflict::new().do_nothing().to_owned());
                if insert.exec_without_returning(&tx).await? == 0 {
                    return Ok(Decision::Rollback(()));
                }
            }
            Ok(Decision::Commit(()))
        })
        .await
    }

    /// Writes MACs in one transaction, and returns how many: one that was changed meanwhile is left alone.
    ///
    /// # Errors
    /// [`StoreError`]; then none was written.
    pub async fn authenticate_signing_keys(&self, macs: &[Authentication]) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let mut written = 0;
            for mac in macs {
                let is_old = match &mac.old {
                    Some(old) => Column::Mac.eq(old.clone()),
                    None => Column::Mac.is_null(),
                };
                let update = Entity::update_many()
                    .col_expr(Column::Mac, Expr::value(mac.new.clone()))
                    .filter(Column::Kid.eq(&mac.kid))
                    .filter(is_old);
                written += update.exec(&tx).await?.rows_affected;
            }
            Ok(Decision::Commit(written))
        })
        .await
    }
}

fn row(key: &StoredSigningKey) -> ActiveModel {
    ActiveModel {
        kid: Set(key.kid.clone()),
        algorithm: Set(key.algorithm.clone()),
        state: Set(key.state.clone()),
        sealed: Set(key.sealed.clone()),
        public_jwk: Set(key.public_jwk.clone()),
        created_at: Set(key.created_at),
        activated_at: Set(key.activated_at),
        mac: Set(key.mac.clone()),
    }
}
