//! `users`: accounts.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::locale::Locale;
use crate::model::time_zone::TimeZone;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In canonical form.
    #[sea_orm(unique)]
    pub email: String,
    pub display_name: Option<String>,
    pub status: Status,
    pub roles: Roles,
    /// Whether `admin` is among the roles. The database derives it from them; it is never written.
    pub is_admin: bool,
    /// Moves on with every change that ends earlier logins: a session or challenge of an earlier epoch is void.
    pub credential_epoch: i64,
    pub password_must_change: bool,
    pub email_verified_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub locale: Option<Locale>,
    /// Of the browser that the owner logged in with last, for the times in mails.
    pub time_zone: Option<TimeZone>,
    /// When the account is to be erased, if its owner has asked for that.
    pub erase_at: Option<Timestamp>,
    /// Since when there is a second factor; absent without one.
    pub mfa_enrolled_at: Option<Timestamp>,
    /// Until when an administrator's reset of the second factors keeps everyone from logging in.
    pub mfa_reset_until: Option<Timestamp>,
    /// When the owner has secured the account, until the first login with a password that was set since.
    pub secured_at: Option<Timestamp>,
    /// Tokens of known devices of an earlier epoch are void.
    pub device_epoch: i64,
    /// The id in the system from which the user was imported.
    #[sea_orm(unique)]
    pub external_id: Option<String>,
    #[sea_orm(has_one)]
    pub password: HasOne<super::password_credential::Entity>,
    #[sea_orm(has_one)]
    pub avatar: HasOne<super::avatar::Entity>,
    #[sea_orm(has_many)]
    pub families: HasMany<super::session_family::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
