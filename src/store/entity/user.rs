//! `users`

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub email: String,
    pub display_name: Option<String>,
    pub status: String,
    pub roles: String,
    pub credential_epoch: i64,
    pub password_must_change: bool,
    pub email_verified_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub locale: Option<String>,
    pub erase_at: Option<i64>,
    /// Since when there is a second factor; absent without one.
    pub mfa_enrolled_at: Option<i64>,
    /// Until when an administrator's reset of the second factors keeps everybody from logging in.
    pub mfa_reset_until: Option<i64>,
    /// Tokens of known devices of an earlier epoch are void.
    pub device_epoch: i64,
    #[sea_orm(has_one)]
    pub password: HasOne<super::password_credential::Entity>,
    #[sea_orm(has_one)]
    pub avatar: HasOne<super::avatar::Entity>,
    #[sea_orm(has_many)]
    pub families: HasMany<super::session_family::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
