//! `login_delays`

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_delays")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i64,
    pub version: i64,
    pub empty_at: i64,
    pub open_at: i64,
    pub saved_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
