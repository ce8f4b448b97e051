//! When each job ran last: on any node, or by `kindred purge`.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{EntityTrait, QueryOrder};

use crate::clock::Timestamp;
use crate::store::entity::job_run::{ActiveModel, Column, Entity};
use crate::store::{Store, StoreError};

/// A job's last success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRun {
    pub job: String,
    pub finished_at: Timestamp,
    /// Rows it handled then, and ever.
    pub rows: i64,
    pub rows_total: i64,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn record_job(&self, job: &str, rows: u64, at: Timestamp) -> Result<(), StoreError> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.retrying(|| async {
            let run = ActiveModel {
                job: Set(job.to_owned()),
                finished_at: Set(at),
                rows: Set(rows),
                rows_total: Set(rows),
            };
            let total = Expr::col((Entity, Column::RowsTotal)).add(rows);
            let again = OnConflict::column(Column::Job)
                .update_columns([Column::FinishedAt, Column::Rows])
                .value(Column::RowsTotal, total)
                .to_owned();
            Entity::insert(run).on_conflict(again).exec_without_returning(&self.write).await?;
            Ok(())
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn job_runs(&self) -> Result<Vec<JobRun>, StoreError> {
        self.bounded(async {
            let rows = Entity::find().order_by_asc(Column::Job).all(&self.read).await?;
            Ok(rows
                .into_iter()
                .map(|row| JobRun {
                    job: row.job,
                    finished_at: row.finished_at,
                    rows: row.rows,
                    rows_total: row.rows_total,
                })
                .collect())
        })
        .await
    }
}
