//! `passkeys`: passkeys of accounts.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// Chosen by the authenticator.
    #[sea_orm(unique)]
    pub credential_id: Vec<u8>,
    pub name: String,
    /// The public key and the signature counter, as JSON of the WebAuthn library.
    pub credential: String,
    /// The model of the authenticator, if it tells.
    pub aaguid: Option<Uuid>,
    /// Whether it may be synchronized to other authenticators.
    pub backup_eligible: bool,
    /// Whether it was, when it was last used.
    pub backed_up: bool,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
