//! `login_delays`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_delays")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i64,
    pub version: i64,
    pub empty_at: Timestamp,
    pub open_at: Timestamp,
    pub saved_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
