//! Applications: written, listed, removed, and read for checks of their secrets.

use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::authority::{Denial, Permission, may};
use crate::model::opaque_token::TokenHash;
use crate::store::entity::application::{ActiveModel, Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, account::rights};

/// The most applications that there can be.
const MOST: u64 = 100;

/// An application to be written.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub id: Uuid,
    pub name: String,
    pub secret_hash: TokenHash,
    pub at: Timestamp,
}

/// An application as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRecord {
    pub id: Uuid,
    pub name: String,
    pub created_at: Timestamp,
}

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationOutcome {
    Done,
    Unknown,
    TooMany,
    /// The principal may not do this.
    Refused(Denial),
}

impl Store {
    /// Writes an application, if the principal (absent for the command line) may.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written.
    pub async fn create_application(
        &self,
        principal_id: Option<Uuid>,
        new: &NewApplication,
        effects: &Effects,
    ) -> Result<ApplicationOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = may(rights::lock(&tx, principal_id).await?, Permission::Manage) {
                return Ok(Decision::Rollback(ApplicationOutcome::Refused(refusal)));
            }
            tx.recheck_acting_session(effects).await?;
            if Entity::find().count(&tx).await? >= MOST {
                return Ok(Decision::Rollback(ApplicationOutcome::TooMany));
            }
            let row = ActiveModel {
                id: Set(new.id),
                name: Set(new.name.clone()),
                secret_hash: Set(new.secret_hash.0.to_vec()),
                created_at: Set(new.at),
            };
            Entity::insert(row).exec_without_returning(&tx).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(ApplicationOutcome::Done))
        })
        .await
    }

    /// Removes an application, if the principal (absent for the command line) may.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was removed.
    pub async fn remove_application(
        &self,
        principal_id: Option<Uuid>,
        id: Uuid,
        effects: &Effects,
    ) -> Result<ApplicationOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(refusal) = may(rights::lock(&tx, principal_id).await?, Permission::Manage) {
                return Ok(Decision::Rollback(ApplicationOutcome::Refused(refusal)));
            }
            tx.recheck_acting_session(effects).await?;
            if Entity::delete_by_id(id).exec(&tx).await?.rows_affected == 0 {
                return Ok(Decision::Rollback(ApplicationOutcome::Unknown));
            }
            tx.record(effects).await?;
            Ok(Decision::Commit(ApplicationOutcome::Done))
        })
        .await
    }

    /// All applications, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn applications(&self) -> Result<Vec<ApplicationRecord>, StoreError> {
        let rows = self.application_rows().await?;
        let record = |row: Row| ApplicationRecord { id: row.id, name: row.name, created_at: row.created_at };
        Ok(rows.into_iter().map(record).collect())
    }

    /// The hashes of all secrets.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn application_hashes(&self) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        Ok(self.application_rows().await?.into_iter().map(|row| (row.id, row.secret_hash)).collect())
    }

    async fn application_rows(&self) -> Result<Vec<Row>, StoreError> {
        self.bounded(async {
            Ok(Entity::find()
                .order_by_asc(Column::CreatedAt)
                .order_by_asc(Column::Id)
                .all(&self.read)
                .await?)
        })
        .await
    }
}

type Row = crate::store::entity::application::Model;
