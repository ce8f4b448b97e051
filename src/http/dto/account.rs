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
    pub external_id: Option<String>,
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub locale: Option<String>,
    /// `active`, `disabled`, or `erasing` from the beginning of the erasure.
    pub status: &'static str,
    pub roles: Vec<&'static str>,
    /// Since when the password is locked for unknown devices, because of too many wrong ones. Devices that the account
    /// knows are not affected.
    pub locked_at: Option<String>,
    /// Since when the password is locked for the devices that the account knows.
    pub known_devices_locked_at: Option<String>,
    pub has_password: bool,
    pub password_must_change: bool,
    /// Whether the account has a second factor.
    pub mfa_enrolled: bool,
    /// Until when logins are refused after a reset of the second factors. It may lie in the past.
    pub mfa_reset_until: Option<String>,
    /// When the account will be erased, if its owner has requested it.
    pub erase_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

impl From<AccountRecord> for AccountItem {
    fn from(account: AccountRecord) -> Self {
        Self {
            id: account.id,
            external_id: account.external_id,
            email: account.email,
            email_verified: account.email_verified_at.is_some(),
            display_name: account.display_name,
            locale: account.locale,
            status: account.status.as_str(),
            roles: account.roles.names(),
            locked_at: account.locked_at.map(Timestamp::rfc3339),
            known_devices_locked_at: account.known_locked_at.map(Timestamp::rfc3339),
            has_password: account.has_password,
            password_must_change: account.password_must_change,
            mfa_enrolled: account.mfa_enrolled,
            mfa_reset_until: account.mfa_reset_until.map(Timestamp::rfc3339),
            erase_at: account.erase_at.map(Timestamp::rfc3339),
            created_at: account.created_at.rfc3339(),
            updated_at: account.updated_at.rfc3339(),
        }
    }
}
