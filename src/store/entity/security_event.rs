//! `security_events`: security events. Nothing changes them but erasure, which pseudonymises.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::security_event::EventKind;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: StoredWord<EventKind>,
    pub user_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub correlation_id: String,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub detail: Json,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
