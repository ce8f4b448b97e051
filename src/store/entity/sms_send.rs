//! `sms_sends`: codes that were sent, for limits by number, account and network.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_sends")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    /// Keyed, so that the table names no number.
    pub phone_hash: Vec<u8>,
    /// Keyed.
    pub network_hash: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
