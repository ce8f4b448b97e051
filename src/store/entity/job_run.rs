//! `job_runs`: the last successful run of each background job, on any node.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: String,
    pub finished_at: Timestamp,
    /// By the last run.
    pub rows: i64,
    /// By all runs.
    pub rows_total: i64,
}

impl ActiveModelBehavior for ActiveModel {}
