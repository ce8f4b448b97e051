//! Security events as administrators see them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::security_event::query::EventRecord;

/// A security event.
#[derive(Serialize, ToSchema)]
pub struct EventItem {
    pub id: Uuid,
    /// For example `login.failed`.
    pub kind: String,
    /// The user whom the event concerns.
    pub user_id: Option<Uuid>,
    /// The user who acted; absent if no one was authenticated, and for the command line.
    pub actor_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub correlation_id: String,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    /// Its members depend on the kind.
    #[schema(value_type = Object)]
    pub detail: Value,
    pub created_at: String,
}

impl From<EventRecord> for EventItem {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            user_id: event.user_id,
            actor_id: event.actor_id,
            session_id: event.session_id,
            correlation_id: event.correlation_id,
            address: event.address,
            user_agent: event.user_agent,
            detail: event.detail,
            created_at: event.at.rfc3339(),
        }
    }
}
