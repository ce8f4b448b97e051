//! `login_challenges`: logins whose password was right and that wait for the second factor.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::assurance::Amr;
use crate::model::opaque_token::TokenHash;
use crate::model::time_zone::TimeZone;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_challenges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    #[sea_orm(unique)]
    pub token_hash: TokenHash,
    /// The user's when the password was verified; the login fails if it has moved on.
    pub credential_epoch: i64,
    /// What was verified so far.
    pub amr: Amr,
    pub device_name: Option<String>,
    /// Whether the session is to outlive the browser.
    pub remembered: bool,
    /// Where the browser says its clock is.
    pub time_zone: Option<TimeZone>,
    /// The identity that was verified, where the login is one with another provider.
    pub identity_id: Option<Uuid>,
    /// Of the session at that provider.
    pub sid_hash: Option<TokenHash>,
    /// Wrong answers.
    pub tries: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// When too many wrong answers, or a revocation of all sessions, ended it.
    pub voided_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
