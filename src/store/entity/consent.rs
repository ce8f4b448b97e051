//! `consents`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub document: String,
    pub version: String,
    pub accepted_at: Timestamp,
    pub network: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
