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
    #[schema(example = "login.succeeded")]
    pub kind: String,
    /// The user whom the event concerns.
    pub user_id: Option<Uuid>,
    /// The user who acted; absent if no one was authenticated, and for the command line.
    pub actor_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    #[schema(example = "01a1fdfe-9b6f-7f8b-8a1a-5ce5e7342e04")]
    pub correlation_id: String,
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
    #[schema(example = "Mozilla/5.0")]
    pub user_agent: Option<String>,
    /// Its members depend on the kind.
    #[schema(value_type = Object)]
    pub detail: Value,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<EventRecord> for EventItem {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id,
            kind: event.kind.as_str().to_owned(),
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
