//! How mails address the owner of an account that an administrator changes.

use crate::notification::Addressee;
use crate::store::account::directory::AccountRecord;

/// The owner, by name.
pub(super) fn owner(account: &AccountRecord) -> Addressee {
    Addressee {
        user_id: Some(account.id),
        to: account.email.clone(),
        display_name: account.display_name.clone(),
        locale: account.locale.clone(),
        time_zone: account.time_zone.clone(),
        is_proven: account.email_verified_at.is_some(),
        known_device: false,
    }
}
