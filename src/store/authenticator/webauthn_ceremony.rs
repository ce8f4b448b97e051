//! Passkey ceremonies that were used. Nothing is written when one begins: its state travels, sealed, with the client.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::webauthn_ceremony_use::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError, Tx};

/// The use of a ceremony, to be written with its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeremonyUse {
    pub id: Uuid,
    /// Until then the use must be remembered.
    pub expires_at: Timestamp,
}

impl Store {
    /// Whether a ceremony was used. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_ceremony_used(&self, id: Uuid) -> Result<bool, StoreError> {
        self.bounded(async { Ok(Entity::find_by_id(id).one(&self.read).await?.is_some()) }).await
    }
}

/// Spends a ceremony in the transaction of its effect. If it gives `false` (it was used, or has expired), the
/// transaction must not be committed.
pub(in crate::store) async fn spend(
    tx: &Tx,
    ceremony: CeremonyUse,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if ceremony.expires_at <= at {
        return Ok(false);
    }
    let row = ActiveModel { id: Set(ceremony.id), expires_at: Set(ceremony.expires_at) };
    let once = OnConflict::column(Column::Id).do_nothing().to_owned();
    let written = Entity::insert_many([row]).on_conflict(once).exec_without_returning(tx).await?;
    Ok(written == 1)
}
