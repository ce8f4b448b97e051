//! A new address that an administrator gives an account whose owner has lost the old one.
//!
//! The new address counts as verified if the old one did, on the administrator's word. If it did not, the first reset of
//! the password would remove the second factors, and the reader of the new mailbox would not need them. Both mailboxes
//! are told. There is no link that undoes the change: someone who reads the old mailbox, which the owner may have lost,
//! could follow it.

use serde_json::json;
use uuid::Uuid;

use super::{Administration, AdministrationError, Principal};
use crate::model::email::Email;
use crate::model::mask;
use crate::model::notice::Notice;
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::notification::Addressee;
use crate::store::Effects;
use crate::store::account::directory::AccountRecord;
use crate::store::notification::outbox::NewMessage;

/// The address, with the notices to both mailboxes.
pub(super) struct NewAddress {
    /// The address that the account has had.
    old: String,
    pub email: Email,
    notices: [NewMessage; 2],
}

impl NewAddress {
    pub fn is_change_of(&self, account: &AccountRecord) -> bool {
        account.email == self.old && self.old != self.email.as_str()
    }

    pub fn tell(&self, effects: Effects) -> Effects {
        self.notices.iter().cloned().fold(effects, Effects::telling)
    }
}

impl Administration {
    pub(super) async fn new_address(
        &self,
        target: Uuid,
        email: &str,
    ) -> Result<NewAddress, AdministrationError> {
        let email = Email::parse(email).map_err(|_| AdministrationError::InvalidEmail)?;
        let account = self.store.account_by_id(target).await?.ok_or(AdministrationError::UnknownAccount)?;
        let at = self.clock.now();
        let old = Addressee {
            user_id: Some(target),
            to: account.user.email,
            display_name: account.display_name,
            locale: account.locale,
            is_proven: account.email_verified,
            known_device: false,
        };
        let new = Addressee { to: email.as_str().to_owned(), ..old.clone() };
        let changed = Notice::EmailChanged { new_address: mask::email(email.as_str()), at };
        let notices =
            [self.composer.mail(&old, changed)?, self.composer.mail(&new, Notice::EmailAssigned { at })?];
        Ok(NewAddress { old: old.to, email, notices })
    }

    pub(super) fn email_changed(
        &self,
        principal: &Principal,
        target: Uuid,
        new: &NewAddress,
    ) -> SecurityEvent {
        let detail = json!({ "old": mask::email(&new.old), "new": mask::email(new.email.as_str()) });
        self.event(EventKind::EmailChanged, principal, detail).about(target)
    }
}
