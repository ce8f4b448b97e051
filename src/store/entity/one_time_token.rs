//! `one_time_tokens`

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub purpose: String,
    pub user_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    pub email: Option<String>,
    pub created_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub voided_at: Option<i64>,
    pub session_id: Option<Uuid>,
    pub credential_epoch: Option<i64>,
    pub sent_at: Option<i64>,
    pub resends: i64,
}

impl ActiveModelBehavior for ActiveModel {}
