//! Sessions that have ended, as their user sees them: revoked, or expired without a revocation.

use sea_orm::{ColumnTrait, Condition, DerivePartialModel, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::assurance::Amr;
use crate::model::cursor::Cursor;
use crate::model::device::DeviceKind;
use crate::model::revocation::RevokeReason;
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::entity::session_family::{Column, Entity};
use crate::store::{Store, StoreError};

/// A family that has ended.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct EndedSession {
    pub id: Uuid,
    pub device_name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    #[sea_orm(from_col = "last_ip_cidr")]
    pub network: Option<String>,
    pub location: Option<String>,
    pub created_at: Timestamp,
    #[sea_orm(from_col = "last_seen_at")]
    pub last_active_at: Timestamp,
    pub idle_expires_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub revoke_reason: Option<RevokeReason>,
    pub amr: Amr,
}

impl EndedSession {
    /// The time of the revocation, or else the earlier one of both expiries.
    pub fn ended_at(&self) -> Timestamp {
        self.revoked_at.unwrap_or_else(|| self.idle_expires_at.min(self.expires_at))
    }

    /// Rows that were revoked by earlier versions may have no reason.
    pub fn reason(&self) -> RevokeReason {
        match self.revoked_at {
            Some(_) => self.revoke_reason.unwrap_or(RevokeReason::CredentialsChanged),
            None => RevokeReason::Expired,
        }
    }

    const fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

impl Store {
    /// A page of a user's families that have ended between `since` and `now`, those that began last first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ended_sessions(
        &self,
        user_id: Uuid,
        since: Timestamp,
        now: Timestamp,
        window: PageRequest,
    ) -> Result<Listed<EndedSession>, StoreError> {
        self.bounded(async {
            let ended = Entity::find().filter(Column::UserId.eq(user_id)).filter(ended(since, now));
            let page = window.cut(ended, Column::CreatedAt, Column::Id);
            let rows = page.into_partial_model::<EndedSession>().all(&self.read).await?;
            Ok(window.listed(rows, EndedSession::cursor))
        })
        .await
    }
}

fn ended(since: Timestamp, now: Timestamp) -> Condition {
    let is_over = Condition::any().add(Column::IdleExpiresAt.lte(now)).add(Column::ExpiresAt.lte(now));
    let expired = Condition::all()
        .add(Column::RevokedAt.is_null())
        .add(is_over)
        .add(Column::IdleExpiresAt.gte(since))
        .add(Column::ExpiresAt.gte(since));
    Condition::any().add(Column::RevokedAt.gte(since)).add(expired)
}
