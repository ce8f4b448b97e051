//! Security events, page by page.

use sea_orm::{ColumnTrait, Condition, DerivePartialModel, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::cursor::Cursor;
use crate::model::security_event::EventKind;
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::database::word::StoredWord;
use crate::store::entity::security_event::{Column, Entity};
use crate::store::{Store, StoreError};

/// An entry as it was written.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
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
    #[sea_orm(from_col = "created_at")]
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
            let events = page.into_partial_model().all(&self.read).await?;
            Ok(window.listed(events, EventRecord::cursor))
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
