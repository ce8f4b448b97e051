//! `revocations`: the revocation log, which every node reads in the order of `seq`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::revocation::RevokeReason;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// The family; nil for an entry about all sessions.
    pub family_id: Uuid,
    pub revoked_at: Timestamp,
    pub reason: RevokeReason,
    /// In an entry about all sessions: those created before this are revoked.
    pub created_before: Option<Timestamp>,
    /// In an entry about all sessions: when the rows of all families were written.
    pub settled_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
