//! Security events, page by page.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::cursor::Cursor;
use crate::model::security_event::EventKind;
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::database::word::StoredWord;
use crate::store::entity::security_event::{Column, Entity, Model};
use crate::store::{Store, StoreError};

/// An entry as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    pub id: Uuid,
    pub kind: StoredWord<EventKind>,
    pub user_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub correlation_id: String,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub detail: Value,
    pub at: Timestamp,
}

impl EventRecord {
    const fn cursor(&self) -> Cursor {
        Cursor { at: self.at, id: self.id }
    }
}

/// Which entries to read; what is absent does not narrow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Whom it is about.
    pub user: Option<Uuid>,
    /// Who did it.
    pub actor: Option<Uuid>,
    pub kind: Option<EventKind>,
    /// This moment and later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Store {
    /// A page of security events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events(
        &self,
        filter: EventFilter,
        window: PageRequest,
    ) -> Result<Listed<EventRecord>, StoreError> {
        self.bounded(async {
            let select = Entity::find().filter(condition(filter));
            let page = window.cut(select, Column::CreatedAt, Column::Id);
            let events = page.all(&self.read).await?.into_iter().map(record);
            Ok(window.listed(events.collect(), EventRecord::cursor))
        })
        .await
    }
}

fn condition(filter: EventFilter) -> Condition {
    Condition::all()
        .add_option(filter.user.map(|user| Column::UserId.eq(user)))
        .add_option(filter.actor.map(|actor| Column::ActorId.eq(actor)))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(filter.from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.until.map(|until| Column::CreatedAt.lt(until)))
}

fn record(row: Model) -> EventRecord {
    EventRecord {
        id: row.id,
        kind: row.kind,
        user_id: row.user_id,
        actor_id: row.actor_id,
        session_id: row.session_id,
        correlation_id: row.correlation_id,
        address: row.address,
        user_agent: row.user_agent,
        detail: row.detail,
        at: row.created_at,
    }
}
