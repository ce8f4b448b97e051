//! `session_families`: session families: a row for each login, until retention deletes it.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::assurance::{Aal, Amr};
use crate::model::device::DeviceKind;
use crate::model::revocation::RevokeReason;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_families")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub key_id: i16,
    pub salt: Vec<u8>,
    pub generation: i64,
    /// The `jti` of the current access token, for investigations.
    pub current_jti: Uuid,
    pub access_expires_at: Option<Timestamp>,
    pub rotated_at: Timestamp,
    pub rotation_key_hash: Option<Vec<u8>>,
    pub auth_time: Timestamp,
    pub amr: Amr,
    pub aal: Aal,
    pub credential_epoch: i64,
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_seen_at: Timestamp,
    pub idle_expires_at: Timestamp,
    pub expires_at: Timestamp,
    /// Tells a login from a new device.
    pub device_hash: Vec<u8>,
    pub device_name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    /// Masked, of the last refresh.
    pub last_ip_cidr: Option<String>,
    pub location: Option<String>,
    pub country: Option<String>,
    pub latitude: Option<i16>,
    pub longitude: Option<i16>,
    /// Of the login; `country` is that of the last refresh.
    pub login_country: Option<String>,
    pub revoked_at: Option<Timestamp>,
    pub revoke_reason: Option<RevokeReason>,
    /// The `jti` that a reused token belonged to, for investigations.
    pub replayed_jti: Option<Uuid>,
    /// The device of the token that the login gave; absent in rows of earlier versions, which count as unknown.
    pub known_device_id: Option<Uuid>,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: HasOne<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
