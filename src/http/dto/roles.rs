//! Roles in requests.

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

/// The roles of a request, always with `user` among them.
pub fn roles(names: &[RoleName]) -> Roles {
    names.iter().fold(Roles::of(&[Role::User]), |roles, name| {
        roles.with(match name {
            RoleName::User => Role::User,
            RoleName::Support => Role::Support,
            RoleName::Admin => Role::Admin,
        })
    })
}
