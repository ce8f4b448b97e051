//! Security events: inserted in the transaction of the change, and never updated but by erasure.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use crate::model::security_event::SecurityEvent;
use crate::store::StoreError;
use crate::store::entity::security_event::{ActiveModel, Entity};

/// Writes events in the transaction of the change that they tell of.
pub(in crate::store) async fn insert(
    connection: &impl ConnectionTrait,
    events: &[SecurityEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    Entity::insert_many(events.iter().map(row)).exec_without_returning(connection).await?;
    Ok(())
}

fn row(event: &SecurityEvent) -> ActiveModel {
    ActiveModel {
        id: Set(event.id),
        kind: Set(event.kind.into()),
        user_id: Set(event.user_id),
        actor_id: Set(event.actor_id),
        session_id: Set(event.session_id),
        correlation_id: Set(event.context.correlation_id.clone()),
        address: Set(event.context.address.clone()),
        user_agent: Set(event.context.user_agent.clone()),
        detail: Set(event.detail.clone()),
        created_at: Set(event.at),
    }
}
