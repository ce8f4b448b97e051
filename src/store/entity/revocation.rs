//! `revocations`: what every node must enforce.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub family_id: Uuid,
    pub revoked_at: i64,
    pub reason: String,
    pub created_before: Option<i64>,
    pub settled_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
