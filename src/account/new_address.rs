//! A new address that an administrator gives an account whose owner has lost the old one.
//!
//! The new address counts as verified if the old one did, on the administrator's word. If it did not, the first reset of
//! the password would remove the second factors, and the reader of the new mailbox would not need them. Both mailboxes
//! are told. There is no link that undoes the change: someone who reads the old mailbox, which the owner may have lost,
//! could follow it.

use serde_json::json;

use super::addressee::owner;
use super::{Administration, Principal};
use crate::model::email::Email;
use crate::model::mask;
use crate::model::notice::Notice;
use crate::model::security_event::EventKind;
use crate::notification::Addressee;
use crate::store::account::directory::AccountRecord;
use crate::store::{Effects, StoreError};

impl Administration {
    /// The effects with those of a new address of the account: the event, and the notices to both mailboxes.
    pub(super) fn with_new_address(
        &self,
        effects: Effects,
        principal: &Principal,
        account: &AccountRecord,
        new: &Email,
    ) -> Result<Effects, StoreError> {
        let detail = json!({ "old": mask::email(&account.email), "new": mask::email(new.as_str()) });
        let event = self.event(EventKind::EmailChanged, principal, detail).about(account.id);
        let at = event.at;
        let old_mailbox = owner(account);
        let new_mailbox = Addressee { to: new.as_str().to_owned(), ..old_mailbox.clone() };
        let changed = Notice::EmailChanged { new_address: mask::email(new.as_str()), at };
        let changed = self.composer.mail(&old_mailbox, changed)?;
        let assigned = self.composer.mail(&new_mailbox, Notice::EmailAssigned { at })?;
        Ok(effects.and(event).telling(changed).telling(assigned))
    }
}
