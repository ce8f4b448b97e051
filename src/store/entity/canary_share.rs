//! `canary_shares`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canary_shares")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: String,
    pub percent: i16,
    pub set_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
