//! `sms_codes`: the last code of each flow.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::factor::FlowPurpose;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_codes")]
pub struct Model {
    /// The challenge of a login, the session that steps up, or the user who enrolls.
    #[sea_orm(primary_key, auto_increment = false)]
    pub flow_id: Uuid,
    pub user_id: Uuid,
    pub purpose: StoredWord<FlowPurpose>,
    /// The code.
    pub sealed: Vec<u8>,
    /// The number that the code confirms, during an enrollment.
    pub number_sealed: Option<Vec<u8>>,
    /// Wrong codes.
    pub tries: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// The session that enrolls.
    pub session_id: Option<Uuid>,
    /// The user's when the code was sent.
    pub credential_epoch: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
