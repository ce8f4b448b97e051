//! Links as a page shows them before they are used.

use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::device::DeviceKind;
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::store::entity::one_time_token::{Column, Entity, Model};
use crate::store::entity::session_family;
use crate::store::{Store, StoreError};

/// What has become of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Works,
    Used,
    Expired,
    /// Another link or change has taken its place.
    Void,
}

/// A link as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRecord {
    pub state: LinkState,
    pub user_id: Option<Uuid>,
    /// The address that the link was sent to.
    pub email: Option<String>,
    /// The session that it is about.
    pub session: Option<Uuid>,
    pub at: Timestamp,
}

/// A session as a link to end it tells of it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "session_family::Entity")]
pub struct LinkedSession {
    pub device_name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    #[sea_orm(from_col = "last_ip_cidr")]
    pub network: Option<String>,
    pub location: Option<String>,
    pub created_at: Timestamp,
}

impl Store {
    /// A link for this purpose, in any state. `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_record(
        &self,
        purpose: Purpose,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<LinkRecord>, StoreError> {
        self.bounded(async {
            let found = Entity::find().filter(Column::TokenHash.eq(hash)).filter(Column::Purpose.eq(purpose));
            Ok(found.one(&self.read).await?.map(|row| record(row, now)))
        })
        .await
    }

    /// The session that a link is about, also if it has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn linked_session(&self, id: Uuid) -> Result<Option<LinkedSession>, StoreError> {
        self.bounded(async {
            Ok(session_family::Entity::find_by_id(id).into_partial_model().one(&self.read).await?)
        })
        .await
    }
}

fn record(row: Model, now: Timestamp) -> LinkRecord {
    let state = match (row.used_at, row.voided_at) {
        (Some(_), _) => LinkState::Used,
        (None, Some(_)) => LinkState::Void,
        (None, None) if row.expires_at <= now => LinkState::Expired,
        (None, None) => LinkState::Works,
    };
    LinkRecord { state, user_id: row.user_id, email: row.email, session: row.session_id, at: row.created_at }
}
