//! The rights of the principal of a change, as of its transaction: a right that was lost a moment ago no longer counts.

use sea_orm::{EntityTrait, QuerySelect};
use uuid::Uuid;

use crate::model::account::Roles;
use crate::model::authority::{Rights, Standing};
use crate::store::account::directory::standing;
use crate::store::entity::user;
use crate::store::{StoreError, Tx};

/// Keeps the principal's rights from changing until the commit. Without a user it is the command line.
pub(in crate::store) async fn lock(tx: &Tx, user_id: Option<Uuid>) -> Result<Rights, StoreError> {
    let found = match user_id {
        Some(id) => user::Entity::find_by_id(id).lock_shared().one(tx).await?,
        None => None,
    };
    Ok(of(user_id, found.as_ref()))
}

/// The rights of a principal whose row was looked for: none if it is gone.
pub(in crate::store) fn of(user_id: Option<Uuid>, found: Option<&user::Model>) -> Rights {
    let without_rights = |id| Standing { id, roles: Roles::default(), active: false, proven: false };
    user_id.map_or(Rights::Operator, |id| Rights::User(found.map_or_else(|| without_rights(id), standing)))
}
