//! Roles in bodies.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::account::{Role, Roles};

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Role)]
pub enum RoleName {
    User,
    Support,
    Admin,
}

/// The roles that were named; `user` comes with each of them.
pub fn roles(names: &[RoleName]) -> Roles {
    names.iter().fold(Roles::of(&[Role::User]), |roles, name| {
        roles.with(match name {
            RoleName::User => Role::User,
            RoleName::Support => Role::Support,
            RoleName::Admin => Role::Admin,
        })
    })
}
