//! `sms_codes`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::factor::FlowPurpose;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub flow_id: Uuid,
    pub user_id: Uuid,
    pub purpose: StoredWord<FlowPurpose>,
    pub sealed: Vec<u8>,
    pub number_sealed: Option<Vec<u8>>,
    pub tries: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub session_id: Option<Uuid>,
    pub credential_epoch: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
