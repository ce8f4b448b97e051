//! Ceremonies of passkeys that were begun, on whichever node.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::webauthn_ceremony::{ActiveModel, Column, Entity};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::model::passkey::CeremonyKind;

/// A ceremony to be written.
#[derive(Clone, Debug)]
pub struct NewCeremony {
    pub id: Uuid,
    pub kind: CeremonyKind,
    /// Absent where the credential is to tell who it is.
    pub bound_to: Option<Bond>,
    pub sealed: Vec<u8>,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

/// Who began a ceremony, and in which flow: a login's challenge, or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    pub user_id: Uuid,
    pub flow_id: Uuid,
}

/// Which ceremony is meant. One that was begun for something else is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeremonySought {
    pub kind: CeremonyKind,
    /// Absent where the flow has only one.
    pub id: Option<Uuid>,
    pub bound_to: Option<Bond>,
}

/// A ceremony that can be finished.
#[derive(Clone, Debug)]
pub struct OpenCeremony {
    pub id: Uuid,
    pub sealed: Vec<u8>,
}

impl Store {
    /// Writes a ceremony. That of the same kind and flow, if there is one, gives way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_ceremony(&self, new: &NewCeremony) -> Result<(), StoreError> {
        self.retrying(|| async {
            let replaced = [
                Column::Id,
                Column::UserId,
                Column::Sealed,
                Column::CreatedAt,
                Column::ExpiresAt,
                Column::UsedAt,
            ];
            Entity::insert(row(new))
                .on_conflict(
                    OnConflict::columns([Column::FlowId, Column::Kind]).update_columns(replaced).to_owned(),
                )
                .exec_without_returning(&self.write)
                .await?;
            Ok(())
        })
        .await
    }

    /// Whether so many ceremonies of this kind are open.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_open_ceremonies(
        &self,
        kind: CeremonyKind,
        limit: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.bounded(async {
            // The last one that would be too many: no more than the limit is counted.
            let last = Entity::find()
                .select_only()
                .column(Column::ExpiresAt)
                .filter(Column::Kind.eq(kind.as_str()))
                .filter(Column::ExpiresAt.gt(now.as_micros()))
                .filter(Column::UsedAt.is_null())
                .offset(limit.saturating_sub(1))
                .limit(1)
                .into_tuple::<i64>()
                .one(&self.read)
                .await?;
            Ok(last.is_some())
        })
        .await
    }

    /// The ceremony that is sought, if it is open still. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_ceremony(
        &self,
        sought: CeremonySought,
        now: Timestamp,
    ) -> Result<Option<OpenCeremony>, StoreError> {
        self.bounded(async {
            let mut query = Entity::find()
                .filter(Column::Kind.eq(sought.kind.as_str()))
                .filter(Column::UsedAt.is_null())
                .filter(Column::ExpiresAt.gt(now.as_micros()));
            if let Some(id) = sought.id {
                query = query.filter(Column::Id.eq(id));
            }
            query = match sought.bound_to {
                Some(bond) => {
                    query.filter(Column::UserId.eq(bond.user_id)).filter(Column::FlowId.eq(bond.flow_id))
                }
                None => query.filter(Column::UserId.is_null()).filter(Column::FlowId.is_null()),
            };
            let found = query.one(&self.read).await?;
            Ok(found.map(|row| OpenCeremony { id: row.id, sealed: row.sealed }))
        })
        .await
    }
}

/// Spends a ceremony in the transaction of its effect. If it gives `false` (it was spent, was replaced or
/// has expired), the transaction must not be committed.
pub(super) async fn spend(
    connection: &impl ConnectionTrait,
    id: Uuid,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let spent = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(at.as_micros()))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(at.as_micros()))
        .exec(connection)
        .await?;
    Ok(spent.rows_affected == 1)
}

fn row(new: &NewCeremony) -> ActiveModel {
    ActiveModel {
        id: Set(new.id),
        kind: Set(new.kind.as_str().to_owned()),
        user_id: Set(new.bound_to.map(|bond| bond.user_id)),
        flow_id: Set(new.bound_to.map(|bond| bond.flow_id)),
        sealed: Set(new.sealed.clone()),
        created_at: Set(new.at.as_micros()),
        expires_at: Set(new.expires_at.as_micros()),
        used_at: Set(None),
    }
}
