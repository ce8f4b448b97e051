//! What a change leaves behind, in its own transaction: audit entries, and messages to people.

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::model::security_event::{EventKind, SecurityEvent};
use crate::store::notification::outbox::{self, NewMessage};
use crate::store::session::asking::{self, Asker};
use crate::store::{Store, StoreError, security_event::insertion};

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    pub events: Vec<SecurityEvent>,
    pub messages: Vec<NewMessage>,
    /// The session that asks for the change, which must not have ended when it is written.
    pub asker: Option<Asker>,
}

impl Trail {
    pub fn of(event: SecurityEvent) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    #[must_use]
    pub fn and(mut self, event: SecurityEvent) -> Self {
        self.events.push(event);
        self
    }

    #[must_use]
    pub fn asked_by(mut self, asker: Option<Asker>) -> Self {
        self.asker = asker;
        self
    }

    #[must_use]
    pub fn telling(mut self, message: NewMessage) -> Self {
        self.messages.push(message);
        self
    }
}

impl Trail {
    /// The members are added to the detail of the events of this kind: what only the transaction knows.
    #[must_use]
    pub(in crate::store) fn with_detail(mut self, kind: EventKind, members: &Value) -> Self {
        for event in self.events.iter_mut().filter(|event| event.kind == kind) {
            if let (Value::Object(detail), Value::Object(members)) = (&mut event.detail, members) {
                detail.extend(members.clone());
            }
        }
        self
    }
}

/// Writes the trail with the change it tells of.
pub(in crate::store) async fn write(
    connection: &impl ConnectionTrait,
    trail: &Trail,
) -> Result<(), StoreError> {
    insertion::insert(connection, &trail.events).await?;
    outbox::insert(connection, &trail.messages).await
}

impl Store {
    /// Writes a trail that stands alone, such as a failed login, or a mail to who is unknown here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, trail: &Trail) -> Result<(), StoreError> {
        self.retrying(|| self.try_record(trail)).await?;
        self.count(trail);
        Ok(())
    }

    async fn try_record(&self, trail: &Trail) -> Result<(), StoreError> {
        if trail.messages.is_empty() && trail.asker.is_none() {
            // A single statement is its own transaction.
            return insertion::insert(&self.write, &trail.events).await;
        }
        let transaction = self.begin(&self.write).await?;
        asking::recheck(&transaction, trail.asker).await?;
        write(&transaction, trail).await?;
        Ok(transaction.commit().await?)
    }

    /// Counts a trail, and wakes the outbox, once its transaction is committed.
    pub(in crate::store) fn count(&self, trail: &Trail) {
        self.metrics.count_events(trail.events.iter().map(|event| &event.kind));
        if !trail.messages.is_empty() {
            self.outbox_filled.notify_one();
        }
    }
}
