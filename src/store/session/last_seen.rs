//! When users were last seen: the last refresh of any of their sessions that is kept.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::session_family::{Column, Entity};
use crate::store::{Store, StoreError};

impl Store {
    /// When each of these users was last seen. Users without a session are absent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_seen(&self, users: &[Uuid]) -> Result<HashMap<Uuid, Timestamp>, StoreError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        self.bounded(async {
            let seen: Vec<(Uuid, Timestamp)> = Entity::find()
                .select_only()
                .column(Column::UserId)
                .column_as(Column::LastSeenAt.max(), "last_seen_at")
                .filter(Column::UserId.is_in(users.iter().copied()))
                .group_by(Column::UserId)
                .into_tuple()
                .all(&self.read)
                .await?;
            Ok(seen.into_iter().collect())
        })
        .await
    }
}
