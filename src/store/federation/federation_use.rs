//! States and codes of logins with other providers that were used. Nothing is written when a login begins: its state
//! travels, sealed, with the browser.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::federation_use::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError, Tx};

/// The use of a state or of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FederationUse {
    /// Of the state or code.
    pub id: Uuid,
    /// Until then the use must be remembered.
    pub expires_at: Timestamp,
}

impl Store {
    /// Uses a state up. `false` if it was used before, at any node.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_federation_state(&self, state: FederationUse) -> Result<bool, StoreError> {
        self.retrying(|| write(&self.write, state)).await
    }
}

/// Spends a code in the transaction of its effect. If it gives `false` (it was used, or has expired), the transaction must
/// not be committed.
pub(in crate::store) async fn spend(tx: &Tx, code: FederationUse, at: Timestamp) -> Result<bool, StoreError> {
    if code.expires_at <= at {
        return Ok(false);
    }
    write(tx, code).await
}

async fn write(connection: &impl ConnectionTrait, used: FederationUse) -> Result<bool, StoreError> {
    let row = ActiveModel { id: Set(used.id), expires_at: Set(used.expires_at) };
    let once = OnConflict::column(Column::Id).do_nothing().to_owned();
    let written = Entity::insert_many([row]).on_conflict(once).exec_without_returning(connection).await?;
    Ok(written == 1)
}
