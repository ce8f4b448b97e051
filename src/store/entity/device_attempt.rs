//! `device_attempts`: wrong passwords by device that an account knows.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_attempts")]
pub struct Model {
    /// The device of the token, which need not be trusted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    pub user_id: Uuid,
    /// Wrong passwords since the last right one.
    pub failures: i64,
    pub last_tried_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
