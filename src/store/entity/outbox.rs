//! `outbox`: messages that wait, and for a while those that were sent or given up.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::message_state::MessageState;
use crate::model::notice::Channel;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: StoredWord<Channel>,
    pub template: String,
    pub user_id: Option<Uuid>,
    /// Recipient and contents; absent once they are no longer needed.
    pub sealed: Option<Vec<u8>>,
    pub state: StoredWord<MessageState>,
    pub attempts: i64,
    pub created_at: Timestamp,
    /// When it is due; while a node sends it, the end of its lease.
    pub next_attempt_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
