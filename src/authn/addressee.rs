//! How mails address the owner of an account.

use crate::notification::Addressee;
use crate::store::account::Account;

/// The owner, by name.
pub(super) fn owner(account: &Account) -> Addressee {
    Addressee {
        user_id: Some(account.user.id),
        to: account.user.email.clone(),
        display_name: account.display_name.clone(),
        locale: account.locale.clone(),
        time_zone: account.time_zone.clone(),
        is_proven: account.email_verified,
        known_device: false,
    }
}

/// The holder of a mailbox that is not known to be the owner's. The mail leaves out the display name, which was
/// chosen by the person who opened the account: a stranger must not read it as our words.
pub(super) fn stranger(account: &Account) -> Addressee {
    Addressee { display_name: None, ..owner(account) }
}

/// The owner if the address is verified, otherwise a stranger.
pub(super) fn owner_or_stranger(account: &Account) -> Addressee {
    if account.email_verified { owner(account) } else { stranger(account) }
}
