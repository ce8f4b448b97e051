//! `totp_authenticators`: the authenticator app of an account.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_authenticators")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The secret.
    pub sealed: Vec<u8>,
    /// The time step of the last code that was accepted; earlier ones are spent (RFC 6238 §5.2).
    pub last_step: i64,
    pub created_at: Timestamp,
    /// Since when it is a second factor.
    pub confirmed_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
