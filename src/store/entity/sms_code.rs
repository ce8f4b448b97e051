//! `sms_codes`

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub flow_id: Uuid,
    pub user_id: Uuid,
    pub purpose: String,
    pub sealed: Vec<u8>,
    pub number_sealed: Option<Vec<u8>>,
    pub tries: i64,
    pub created_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub session_id: Option<Uuid>,
    pub credential_epoch: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
