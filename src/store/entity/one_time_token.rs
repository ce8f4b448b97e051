//! `one_time_tokens`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::one_time_token::Purpose;
use crate::model::opaque_token::TokenHash;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub purpose: StoredWord<Purpose>,
    pub user_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    #[sea_orm(unique)]
    pub token_hash: TokenHash,
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub voided_at: Option<Timestamp>,
    pub session_id: Option<Uuid>,
    pub credential_epoch: Option<i64>,
    pub sent_at: Option<Timestamp>,
    pub resends: i64,
}

impl ActiveModelBehavior for ActiveModel {}
