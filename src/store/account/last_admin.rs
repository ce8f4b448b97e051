//! The rule that there is always an active administrator.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::store::account::directory::standing;
use crate::store::entity::user;
use crate::store::{StoreError, Tx};

/// Users in the order of their ids, locked.
pub(in crate::store) struct Locked {
    pub users: Vec<user::Model>,
    /// Whether the user who leaves is the only active administrator.
    pub is_last_admin: bool,
}

impl Locked {
    pub fn get(&self, id: Uuid) -> Option<&user::Model> {
        self.users.iter().find(|user| user.id == id)
    }

    fn is_active_admin(&self, id: Uuid) -> bool {
        self.get(id).is_some_and(|user| standing(user).is_active_admin())
    }
}

/// Locks users, none of whom stops being an administrator.
pub(in crate::store) async fn lock(tx: &Tx, ids: &[Uuid]) -> Result<Locked, StoreError> {
    let those = user::Column::Id.is_in(ids.iter().copied());
    Ok(Locked { users: lock_those(tx, those.into()).await?, is_last_admin: false })
}

/// Locks users, one of whom may stop being an administrator. If that user is one, all other administrators are locked as
/// well, all in one order: of two who leave at once, or who remove each other, the second sees what the first has done.
pub(in crate::store) async fn lock_leaving(
    tx: &Tx,
    leaving: Uuid,
    others: &[Uuid],
) -> Result<Locked, StoreError> {
    let before = user::Entity::find_by_id(leaving).one(tx).await?;
    let was_admin = before.is_some_and(|user| standing(&user).is_active_admin());
    let mut those = Condition::any().add(user::Column::Id.is_in(others.iter().copied().chain([leaving])));
    if was_admin {
        those = those.add(is_admin());
    }
    let mut locked = Locked { users: lock_those(tx, those).await?, is_last_admin: false };
    if locked.is_active_admin(leaving) {
        if !was_admin {
            return Err(StoreError::Contention("the user has just become an administrator".to_owned()));
        }
        let mut others = locked.users.iter().filter(|user| user.id != leaving);
        locked.is_last_admin = !others.any(|user| standing(user).is_active_admin());
    }
    Ok(locked)
}

async fn lock_those(tx: &Tx, those: Condition) -> Result<Vec<user::Model>, StoreError> {
    let users = user::Entity::find().filter(those).order_by_asc(user::Column::Id).lock_exclusive();
    Ok(users.all(tx).await?)
}

/// Administrators, disabled ones included, by the partial index of the column.
pub(in crate::store) fn is_admin() -> Condition {
    Condition::all().add(Expr::col((user::Entity, user::Column::IsAdmin)))
}
