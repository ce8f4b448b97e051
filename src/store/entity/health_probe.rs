//! `health_probes`: one row, which is written to find out whether the database can be written.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_probes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// By all nodes, ever.
    pub writes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
