//! `revocations`: what every node must enforce.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::revocation::RevokeReason;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub family_id: Uuid,
    pub revoked_at: Timestamp,
    pub reason: RevokeReason,
    pub created_before: Option<Timestamp>,
    pub settled_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
