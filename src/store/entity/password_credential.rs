//! `password_credentials`: the password of an account; no row until one is set.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// PHC string.
    pub hash: String,
    pub changed_at: Timestamp,
    /// Wrong passwords from unknown devices since the last right one from such a device.
    pub failures: i64,
    /// Since when there were too many of them.
    pub locked_at: Option<Timestamp>,
    /// The same for the known devices, all together.
    pub known_failures: i64,
    pub known_locked_at: Option<Timestamp>,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: HasOne<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
