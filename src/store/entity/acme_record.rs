//! `acme_records`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "acme_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub sealed: Vec<u8>,
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
