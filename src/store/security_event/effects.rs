//! The security events and messages of a change, written in its transaction.

use crate::model::principal::ActingSession;
use crate::model::security_event::SecurityEvent;
use crate::store::notification::outbox::{self, NewMessage};
use crate::store::{Decision, Store, StoreError, Tx, security_event::insertion};

/// What is written along with a change: it commits or is rolled back together with it.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Counted in the metrics after the commit.
    pub events: Vec<SecurityEvent>,
    /// The worker of the outbox is woken after the commit.
    pub messages: Vec<NewMessage>,
    /// The session that asks for the change, which must not have been revoked when the change is written.
    pub acting_session: Option<ActingSession>,
}

impl Effects {
    /// One event, and nothing else.
    pub fn of(event: SecurityEvent) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    /// Adds an event.
    #[must_use]
    pub fn and(mut self, event: SecurityEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Names the session that asks for the change; `None` for operators and background jobs.
    #[must_use]
    pub fn by_session(mut self, acting_session: Option<ActingSession>) -> Self {
        self.acting_session = acting_session;
        self
    }

    /// Adds a message.
    #[must_use]
    pub fn telling(mut self, message: NewMessage) -> Self {
        self.messages.push(message);
        self
    }
}

/// Writes the effects in the transaction of the change that they tell of.
pub(in crate::store) async fn write(tx: &Tx, effects: &Effects) -> Result<(), StoreError> {
    insertion::insert(tx, &effects.events).await?;
    outbox::insert(tx, &effects.messages).await
}

impl Store {
    /// Writes effects that stand alone, such as a failed login, or a mail to an address without an account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, effects: &Effects) -> Result<(), StoreError> {
        if effects.messages.is_empty() && effects.acting_session.is_none() {
            // One statement, which is a transaction of its own: a failed login takes as long as one of a stranger,
            // which is one statement as well.
            self.retrying(|| insertion::insert(&self.write, &effects.events)).await?;
            self.metrics.count_events(effects.events.iter().map(|event| &event.kind));
            return Ok(());
        }
        self.transact(|tx| async move {
            tx.recheck_acting_session(effects).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }
}
