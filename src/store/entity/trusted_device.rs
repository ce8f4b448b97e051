//! `trusted_devices`: devices that stand in for the second factor.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::device::DeviceKind;
use crate::model::opaque_token::TokenHash;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_devices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// Of the token; random in rows whose device has a signed token.
    #[sea_orm(unique)]
    pub secret_hash: TokenHash,
    pub name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    /// Masked, of the last login.
    pub last_ip_cidr: Option<String>,
    /// Counted by earlier versions; `device_attempts` has it now.
    pub failures: i64,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
