//! `one_time_tokens`: the links in mails, by a hash of the secret in them.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::one_time_token::Purpose;
use crate::model::opaque_token::TokenHash;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub purpose: StoredWord<Purpose>,
    /// Absent for invitations and for registrations that are not accounts yet.
    pub user_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    #[sea_orm(unique)]
    pub token_hash: TokenHash,
    /// The address that using the link verifies.
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub voided_at: Option<Timestamp>,
    /// The session that asked for a change of address or a first credential; the link is void once that is revoked. Without
    /// an epoch: the session that the link ends.
    pub session_id: Option<Uuid>,
    /// The user's when the link was sent; the link is void once it has moved on.
    pub credential_epoch: Option<i64>,
    /// When it was last sent.
    pub sent_at: Option<Timestamp>,
    /// How often it was sent again.
    pub resends: i64,
}

impl ActiveModelBehavior for ActiveModel {}
