//! Messages that wait to leave.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::StoreError;
use super::entity::outbox::{ActiveModel, Entity};
use crate::clock::Timestamp;
use crate::model::notice::Channel;

/// Waits to be sent, or to be sent again.
pub const PENDING: &str = "pending";

/// A message to be written.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: Uuid,
    pub channel: Channel,
    pub template: &'static str,
    /// Whose budget it is on; absent for who has no account.
    pub user_id: Option<Uuid>,
    /// Recipient and contents, sealed for the row `outbox/ID`.
    pub sealed: Vec<u8>,
    pub at: Timestamp,
    /// From then on it would be of no use, and is not sent.
    pub expires_at: Option<Timestamp>,
}

/// Writes messages with the change they tell of.
pub(super) async fn insert(
    connection: &impl ConnectionTrait,
    messages: &[NewMessage],
) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    Entity::insert_many(messages.iter().map(row)).exec_without_returning(connection).await?;
    Ok(())
}

fn row(message: &NewMessage) -> ActiveModel {
    ActiveModel {
        id: Set(message.id),
        channel: Set(message.channel.as_str().to_owned()),
        template: Set(message.template.to_owned()),
        user_id: Set(message.user_id),
        sealed: Set(Some(message.sealed.clone())),
        state: Set(PENDING.to_owned()),
        attempts: Set(0),
        created_at: Set(message.at.as_micros()),
        next_attempt_at: Set(message.at.as_micros()),
        expires_at: Set(message.expires_at.map(Timestamp::as_micros)),
        finished_at: Set(None),
        last_error: Set(None),
    }
}
