//! Which picture a user has. The pictures themselves are in the blob store.

use std::collections::HashSet;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::avatar::{self, Avatar, AvatarFormat, Digest};
use crate::store::entity::{avatar as entity, user};
use crate::store::{Decision, Effects, Store, StoreError, account};

/// The outcome of [`Store::change_avatar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvatarOutcome {
    /// The new picture counts; the object that it replaces can be deleted.
    Changed { old_object: Option<String> },
    /// The account is gone, may not act, or waits to be erased.
    NoAccount,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn avatar(&self, user_id: Uuid) -> Result<Option<Avatar>, StoreError> {
        self.bounded(async {
            let found = entity::Entity::find_by_id(user_id).one(&self.read).await?;
            found.map(from_row).transpose()
        })
        .await
    }

    /// Makes a picture, whose object is there already, the user's. Two at once take turns, so that each
    /// learns which object it has put out of use.
    ///
    /// # Errors
    /// [`StoreError`]; after `Unavailable` it may count nevertheless.
    pub async fn change_avatar(
        &self,
        user_id: Uuid,
        new: &Avatar,
        at: Timestamp,
        effects: &Effects,
    ) -> Result<AvatarOutcome, StoreError> {
        self.transact(|tx| async move {
            let user = account::lock(&tx, user_id).await?;
            // A user who waits to be erased has no session: this upload began before the request.
            let may_act = |user: &user::Model| user.status == Status::Active && user.erase_at.is_none();
            if !user.as_ref().is_some_and(may_act) {
                return Ok(Decision::Rollback(AvatarOutcome::NoAccount));
            }
            tx.recheck_acting_session(effects).await?;
            let old = entity::Entity::find_by_id(user_id).one(&tx).await?;
            let columns = [
                entity::Column::ObjectKey,
                entity::Column::ContentType,
                entity::Column::Bytes,
                entity::Column::Width,
                entity::Column::Height,
                entity::Column::Digest,
                entity::Column::UpdatedAt,
            ];
            entity::Entity::insert(row(user_id, new, at))
                .on_conflict(OnConflict::column(entity::Column::UserId).update_columns(columns).to_owned())
                .exec_without_returning(&tx)
                .await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(AvatarOutcome::Changed { old_object: old.map(|old| old.object_key) }))
        })
        .await
    }

    /// Removes the user's picture and returns the name of its object; `None` if there was no picture.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_avatar(
        &self,
        user_id: Uuid,
        effects: &Effects,
    ) -> Result<Option<String>, StoreError> {
        self.transact(|tx| async move {
            tx.recheck_acting_session(effects).await?;
            let found = entity::Entity::find_by_id(user_id).lock_exclusive().one(&tx).await?;
            let Some(found) = found else {
                return Ok(Decision::Rollback(None));
            };
            entity::Entity::delete_many()
                .filter(entity::Column::UserId.eq(user_id))
                .filter(entity::Column::ObjectKey.eq(&found.object_key))
                .exec(&tx)
                .await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(Some(found.object_key)))
        })
        .await
    }

    /// Which of these objects are the picture of a user.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn avatars_among(&self, object_keys: &[String]) -> Result<HashSet<String>, StoreError> {
        self.bounded(async {
            let known: Vec<String> = entity::Entity::find()
                .select_only()
                .column(entity::Column::ObjectKey)
                .filter(entity::Column::UserId.is_in(object_keys.iter().filter_map(|key| avatar::owner(key))))
                .into_tuple()
                .all(&self.write)
                .await?;
            Ok(known.into_iter().collect())
        })
        .await
    }
}

fn row(user_id: Uuid, avatar: &Avatar, at: Timestamp) -> entity::ActiveModel {
    entity::ActiveModel {
        user_id: Set(user_id),
        object_key: Set(avatar.object_key.clone()),
        content_type: Set(avatar.format.media_type().to_owned()),
        bytes: Set(avatar.bytes.cast_signed()),
        width: Set(i64::from(avatar.width)),
        height: Set(i64::from(avatar.height)),
        digest: Set(avatar.digest.0.to_vec()),
        updated_at: Set(at),
    }
}

pub(in crate::store) fn from_row(row: entity::Model) -> Result<Avatar, StoreError> {
    let corrupt = |column| StoreError::corrupt(column, row.user_id);
    Ok(Avatar {
        format: AvatarFormat::from_media_type(&row.content_type)
            .ok_or_else(|| corrupt(entity::Column::ContentType))?,
        bytes: row.bytes.try_into().map_err(|_| corrupt(entity::Column::Bytes))?,
        width: row.width.try_into().map_err(|_| corrupt(entity::Column::Width))?,
        height: row.height.try_into().map_err(|_| corrupt(entity::Column::Height))?,
        digest: Digest(row.digest.try_into().map_err(|_| corrupt(entity::Column::Digest))?),
        object_key: row.object_key,
    })
}
