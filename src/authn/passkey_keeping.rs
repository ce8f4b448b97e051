//! A user's passkeys: named and removed.

use serde_json::json;
use uuid::Uuid;

use super::factor_proof::factor_detail;
use super::passkey_enrollment::notice_name;
use super::{Authn, FactorOwner, PasskeyError, addressee};
use crate::model::device::plain_name;
use crate::model::factor::Factor;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::store::Trail;
use crate::store::account::Account;
use crate::store::factor::{FactorRemoval, Removed, RemovedFactor};
use crate::store::passkey::StoredPasskey;

impl Authn {
    /// # Errors
    /// [`PasskeyError::InvalidName`] or [`PasskeyError::NotFound`], also for another user's passkey.
    pub async fn rename_passkey(
        &self,
        user_id: Uuid,
        id: Uuid,
        name: &str,
    ) -> Result<StoredPasskey, PasskeyError> {
        let name = plain_name(name).ok_or(PasskeyError::InvalidName)?;
        if !self.store.rename_passkey(user_id, id, &name).await? {
            return Err(PasskeyError::NotFound);
        }
        self.find_passkey(user_id, id).await.map(|passkey| StoredPasskey { name, ..passkey })
    }

    /// Removes a passkey and ends the user's other sessions (ASVS 5.0 §7.4.3); the owner is told.
    ///
    /// # Errors
    /// [`PasskeyError::NotFound`], also for another user's passkey; [`PasskeyError::Required`].
    pub async fn remove_passkey(&self, owner: &FactorOwner, id: Uuid) -> Result<(), PasskeyError> {
        let account = self.passkey_owner(owner.user_id).await?;
        let passkey = self.find_passkey(owner.user_id, id).await?;
        let removal = FactorRemoval {
            factor: RemovedFactor::Passkey(id),
            ending: self.sessions.ending(
                owner.user_id,
                Some(owner.session_id),
                RevokeReason::FactorRemoved,
                true,
            ),
            policy: self.mfa.policy,
            trail: self.removal_trail(&account, owner, &passkey)?,
        };
        match self.store.remove_factor(&removal).await? {
            Removed::Done(ended) => {
                self.sessions.enforce(&ended);
                // The one that stays moved on with the user's epoch; its actor must read that.
                self.sessions.registry.forget(&[owner.session_id]);
                Ok(())
            }
            Removed::Absent => Err(PasskeyError::NotFound),
            Removed::Required => Err(PasskeyError::Required),
        }
    }

    async fn find_passkey(&self, user_id: Uuid, id: Uuid) -> Result<StoredPasskey, PasskeyError> {
        let passkeys = self.store.passkeys(user_id).await?;
        passkeys.into_iter().find(|passkey| passkey.id == id).ok_or(PasskeyError::NotFound)
    }

    fn removal_trail(
        &self,
        account: &Account,
        owner: &FactorOwner,
        passkey: &StoredPasskey,
    ) -> Result<Trail, PasskeyError> {
        let event = self
            .event(EventKind::FactorRemoved, owner.origin.clone())
            .about(owner.user_id)
            .by(owner.user_id)
            .in_session(owner.session_id)
            .with(factor_detail(Factor::Webauthn, json!({ "passkey": passkey.id })));
        let notice = Notice::FactorRemoved {
            factor: notice_name(&passkey.name),
            at: event.at.rfc3339(),
            place: Place::of(&owner.origin),
        };
        Ok(Trail::of(event).telling(self.postbox.mail(&addressee(account), notice)?))
    }
}
