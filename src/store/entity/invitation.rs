//! `invitations`: invitations by administrators. The link is a row of `one_time_tokens`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::account::Roles;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub roles: Roles,
    /// Absent for the command line, and after the erasure of the inviter.
    pub invited_by: Option<Uuid>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    /// The account that was registered with it.
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
