//! The rule that somebody can always administer.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::StoreError;
use super::entity::user;
use crate::model::account::{Role, Roles, Status};

/// Whether this is the only administrator who may act and is not about to be erased. Locks this user and
/// all administrators, in one order, so that of two who leave at once one stays.
pub(super) async fn is_last_admin(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<bool, StoreError> {
    let may_be_admin = user::Column::Roles.contains(Roles::of(&[Role::Admin]).to_string());
    let users = user::Entity::find()
        .filter(Condition::any().add(user::Column::Id.eq(user_id)).add(may_be_admin))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .all(connection)
        .await?;
    let staying = users.iter().filter(|user| is_staying_admin(user)).map(|user| user.id);
    Ok(staying.collect::<Vec<_>>() == [user_id])
}

fn is_staying_admin(user: &user::Model) -> bool {
    Roles::from_stored(&user.roles).contains(Role::Admin)
        && Status::from_stored(&user.status) == Status::Active
        && user.erase_at.is_none()
}
