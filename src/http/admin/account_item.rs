//! An account in answers to those who administrate it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::text;
use crate::store::account::directory::AccountRecord;

#[derive(Serialize, ToSchema)]
pub struct AccountItem {
    pub id: Uuid,
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub locale: Option<String>,
    /// `active`, `disabled`, or `erasing` once the erasure has begun.
    pub status: &'static str,
    pub roles: Vec<&'static str>,
    /// Since when too many wrong passwords from unknown devices keep the right one from counting there. Devices that the
    /// account knows are not affected.
    pub locked_at: Option<String>,
    /// The same for the devices that the account knows.
    pub known_devices_locked_at: Option<String>,
    pub has_password: bool,
    pub password_must_change: bool,
    /// Whether there is a second factor.
    pub mfa_enrolled: bool,
    /// Until when nobody can log in, if the second factors were reset; a time in the past is over.
    pub mfa_reset_until: Option<String>,
    /// When it is to be erased, if its owner wished so.
    pub erase_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

impl From<AccountRecord> for AccountItem {
    fn from(account: AccountRecord) -> Self {
        Self {
            id: account.id,
            email: account.email,
            email_verified: account.email_verified_at.is_some(),
            display_name: account.display_name,
            locale: account.locale,
            status: account.status.as_str(),
            roles: account.roles.names(),
            locked_at: account.locked_at.map(text::time),
            known_devices_locked_at: account.known_locked_at.map(text::time),
            has_password: account.has_password,
            password_must_change: account.password_must_change,
            mfa_enrolled: account.mfa_enrolled,
            mfa_reset_until: account.mfa_reset_until.map(text::time),
            erase_at: account.erase_at.map(text::time),
            created_at: text::time(account.created_at),
            updated_at: text::time(account.updated_at),
        }
    }
}
