//! The rule that somebody can always administer.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::StoreError;
use super::entity::user;
use crate::model::account::{Role, Roles, Status};

/// Whether this is the only administrator who may act and is not about to be erased. Locks all of them,
/// in one order, so that of two who leave at once one stays.
pub(super) async fn is_last_admin(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<bool, StoreError> {
    let rows: Vec<(Uuid, String, Option<i64>)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Roles, user::Column::EraseAt])
        .filter(user::Column::Status.eq(Status::Active.as_str()))
        .filter(user::Column::Roles.contains(Roles::of(&[Role::Admin]).to_string()))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(connection)
        .await?;
    let admins = rows.iter().filter(|(_, roles, _)| Roles::from_stored(roles).contains(Role::Admin));
    let staying = admins.filter(|(_, _, erase_at)| erase_at.is_none());
    let staying: Vec<Uuid> = staying.map(|(id, _, _)| *id).collect();
    Ok(staying == [user_id])
}
