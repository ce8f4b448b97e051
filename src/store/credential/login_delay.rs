//! The delays of logins from unknown devices, shared between nodes and kept over a restart.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::clock::Timestamp;
use crate::model::login_delay::DelayCell;
use crate::store::entity::login_delay::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

/// Rows of one statement.
const BATCH: usize = 500;

impl Store {
    /// Merges cells into the stored ones.
    ///
    /// # Errors
    /// [`StoreError`]; some cells may have been written by then, which does no harm.
    pub async fn save_login_delays(
        &self,
        cells: &[(u16, DelayCell)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for batch in cells.chunks(BATCH) {
            self.retrying(async || {
                let rows = batch.iter().map(|(number, cell)| ActiveModel {
                    cell: Set(i64::from(*number)),
                    version: Set(cell.version),
                    empty_at: Set(cell.empty_at),
                    open_at: Set(cell.open_at),
                    saved_at: Set(now),
                });
                let merged = OnConflict::column(Column::Cell)
                    .value(Column::EmptyAt, merged("empty_at"))
                    .value(Column::OpenAt, merged("open_at"))
                    .value(Column::Version, merged("version"))
                    .value(Column::SavedAt, Expr::cust("excluded.saved_at"))
                    .to_owned();
                Entity::insert_many(rows).on_conflict(merged).exec_without_returning(&self.write).await?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Cells that were saved since `since`, and still delay someone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn login_delays(
        &self,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(u16, DelayCell)>, StoreError> {
        self.bounded(async {
            let rows = Entity::find()
                .filter(Column::SavedAt.gte(since))
                .filter(Column::EmptyAt.gt(now).or(Column::Version.gt(0)))
                .all(&self.read)
                .await?;
            let cells = rows.into_iter().filter_map(|row| {
                let cell = DelayCell { version: row.version, empty_at: row.empty_at, open_at: row.open_at };
                Some((u16::try_from(row.cell).ok()?, cell))
            });
            Ok(cells.collect())
        })
        .await
    }

    /// Deletes cells that were not saved since `before`, and no longer delay anyone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_login_delays(&self, before: Timestamp) -> Result<(), StoreError> {
        self.retrying(async || {
            Entity::delete_many()
                .filter(Column::SavedAt.lt(before))
                .filter(Column::EmptyAt.lt(before))
                .filter(Column::OpenAt.lt(before))
                .exec(&self.write)
                .await?;
            Ok(())
        })
        .await
    }
}

/// The greater one of two values of the same version; that of the later version otherwise.
fn merged(column: &str) -> SimpleExpr {
    Expr::cust(format!(
        "CASE WHEN excluded.version > login_delays.version \
         OR (excluded.version = login_delays.version AND excluded.{column} > login_delays.{column}) \
         THEN excluded.{column} ELSE login_delays.{column} END"
    ))
}
