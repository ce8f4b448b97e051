//! What the nodes share about certificates from an authority: the account, the certificate with its key, and the answers
//! to open challenges. All of it is sealed.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;

use crate::clock::Timestamp;
use crate::store::entity::acme_record::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

/// A sealed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAcmeRecord {
    pub sealed: Vec<u8>,
    pub updated_at: Timestamp,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn acme_record(&self, name: &str) -> Result<Option<StoredAcmeRecord>, StoreError> {
        self.bounded(async {
            let row = Entity::find_by_id(name).one(&self.read).await?;
            Ok(row.map(|row| StoredAcmeRecord { sealed: row.sealed, updated_at: row.updated_at }))
        })
        .await
    }

    /// Writes a record in the place of the one that had its name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_acme_record(&self, name: &str, record: &StoredAcmeRecord) -> Result<(), StoreError> {
        self.retrying(|| async {
            let row = ActiveModel {
                name: Set(name.to_owned()),
                sealed: Set(record.sealed.clone()),
                updated_at: Set(record.updated_at),
            };
            let again = OnConflict::column(Column::Name)
                .update_columns([Column::Sealed, Column::UpdatedAt])
                .to_owned();
            Entity::insert(row).on_conflict(again).exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn delete_acme_record(&self, name: &str) -> Result<(), StoreError> {
        self.retrying(|| async {
            Entity::delete_by_id(name).exec(&self.write).await?;
            Ok(())
        })
        .await
    }
}
