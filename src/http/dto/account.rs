//! An account as administrators see it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::account::directory::AccountRecord;

#[derive(Serialize, ToSchema)]
pub struct AccountItem {
    pub id: Uuid,
    /// The id in the system from which the account was imported.
    #[schema(example = "4711")]
    pub external_id: Option<String>,
    #[schema(example = "ada@example.com")]
    pub email: String,
    pub email_verified: bool,
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    #[schema(example = "de")]
    pub locale: Option<String>,
    /// `active`, `disabled`, or `erasing` from the beginning of the erasure.
    #[schema(example = "active")]
    pub status: &'static str,
    #[schema(example = json!(["user"]))]
    pub roles: Vec<&'static str>,
    /// Since when the password is locked for unknown devices, because of too many wrong ones. Devices that the account
    /// knows are not affected.
    #[schema(format = DateTime)]
    pub locked_at: Option<String>,
    /// Since when the password is locked for the devices that the account knows.
    #[schema(format = DateTime)]
    pub known_devices_locked_at: Option<String>,
    pub has_password: bool,
    pub password_must_change: bool,
    /// Whether the account has a second factor.
    pub mfa_enrolled: bool,
    /// Until when logins are refused after a reset of the second factors. It may lie in the past.
    #[schema(format = DateTime)]
    pub mfa_reset_until: Option<String>,
    /// When the account will be erased, if its owner has requested it.
    #[schema(format = DateTime)]
    pub erase_at: Option<String>,
    /// When a session of the account was last used, as far as its sessions are kept.
    #[schema(format = DateTime)]
    pub last_seen_at: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl AccountItem {
    /// An account, and when it was last seen.
    pub fn of(account: AccountRecord, last_seen: Option<Timestamp>) -> Self {
        Self {
            id: account.id,
            external_id: account.external_id,
            email: account.email,
            email_verified: account.email_verified_at.is_some(),
            display_name: account.display_name,
            locale: account.locale.map(|locale| locale.to_string()),
            status: account.status.as_str(),
            roles: account.roles.names(),
            locked_at: account.locked_at.map(Timestamp::rfc3339),
            known_devices_locked_at: account.known_locked_at.map(Timestamp::rfc3339),
            has_password: account.has_password,
            password_must_change: account.password_must_change,
            mfa_enrolled: account.mfa_enrolled,
            mfa_reset_until: account.mfa_reset_until.map(Timestamp::rfc3339),
            erase_at: account.erase_at.map(Timestamp::rfc3339),
            last_seen_at: last_seen.map(Timestamp::rfc3339),
            created_at: account.created_at.rfc3339(),
            updated_at: account.updated_at.rfc3339(),
        }
    }
}
