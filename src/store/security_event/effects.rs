//! What a change leaves behind, in its own transaction: audit entries, and messages to people.

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::model::security_event::{EventKind, SecurityEvent};
use crate::store::notification::outbox::{self, NewMessage};
use crate::store::session::acting_session::{self, ActingSession};
use crate::store::{Store, StoreError, security_event::insertion};

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub events: Vec<SecurityEvent>,
    pub messages: Vec<NewMessage>,
    /// The session that asks for the change, which must not have ended when it is written.
    pub acting_session: Option<ActingSession>,
}

impl Effects {
    pub fn of(event: SecurityEvent) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    #[must_use]
    pub fn and(mut self, event: SecurityEvent) -> Self {
        self.events.push(event);
        self
    }

    #[must_use]
    pub fn by_session(mut self, acting_session: Option<ActingSession>) -> Self {
        self.acting_session = acting_session;
        self
    }

    #[must_use]
    pub fn telling(mut self, message: NewMessage) -> Self {
        self.messages.push(message);
        self
    }
}

impl Effects {
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

/// Writes the effects with the change it tells of.
pub(in crate::store) async fn write(
    connection: &impl ConnectionTrait,
    effects: &Effects,
) -> Result<(), StoreError> {
    insertion::insert(connection, &effects.events).await?;
    outbox::insert(connection, &effects.messages).await
}

impl Store {
    /// Writes a effects that stands alone, such as a failed login, or a mail to who is unknown here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, effects: &Effects) -> Result<(), StoreError> {
        self.retrying(|| self.try_record(effects)).await?;
        self.count(effects);
        Ok(())
    }

    async fn try_record(&self, effects: &Effects) -> Result<(), StoreError> {
        if effects.messages.is_empty() && effects.acting_session.is_none() {
            // A single statement is its own transaction.
            return insertion::insert(&self.write, &effects.events).await;
        }
        let transaction = self.begin(&self.write).await?;
        acting_session::recheck(&transaction, effects.acting_session).await?;
        write(&transaction, effects).await?;
        Ok(transaction.commit().await?)
    }

    /// Counts a effects, and wakes the outbox, once its transaction is committed.
    pub(in crate::store) fn count(&self, effects: &Effects) {
        self.metrics.count_events(effects.events.iter().map(|event| &event.kind));
        if !effects.messages.is_empty() {
            self.outbox_filled.notify_one();
        }
    }
}
