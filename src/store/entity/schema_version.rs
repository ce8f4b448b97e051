//! `schema_versions`: one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// How many migrations the program that wrote it knew.
    pub version: i64,
    /// The oldest version whose program may use the schema.
    pub least_compatible: i64,
}

impl ActiveModelBehavior for ActiveModel {}
