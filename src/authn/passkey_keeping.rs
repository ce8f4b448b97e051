//! A user's passkeys: named and removed.

use serde_json::json;
use uuid::Uuid;

use super::passkey_enrollment::notice_name;
use super::{Authn, PasskeyError, addressee};
use crate::model::device::plain_name;
use crate::model::factor::Factor;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, Origin};
use crate::store::Trail;
use crate::store::account::Account;
use crate::store::passkey::{PasskeyRemoval, StoredPasskey};

/// Who wants a passkey removed, and which.
#[derive(Debug)]
pub struct PasskeyRemovalRequest {
    pub user_id: Uuid,
    /// The session that asks: the only one that stays.
    pub session_id: Uuid,
    pub id: Uuid,
    pub origin: Origin,
}

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
    /// [`PasskeyError::NotFound`], also for another user's passkey.
    pub async fn remove_passkey(&self, request: PasskeyRemovalRequest) -> Result<(), PasskeyError> {
        let account = self.enrolling_account(request.user_id).await?;
        let passkey = self.find_passkey(request.user_id, request.id).await?;
        let (user, session) = (request.user_id, request.session_id);
        let removal = PasskeyRemoval {
            id: request.id,
            ending: self.sessions.ending(user, Some(session), RevokeReason::FactorRemoved, true),
            trail: self.removal_trail(&account, &request, &passkey)?,
        };
        let ended = self.store.remove_passkey(&removal).await?.ok_or(PasskeyError::NotFound)?;
        self.sessions.enforce(&ended);
        // The one that stays moved on with the user's epoch; its actor must read that.
        self.sessions.registry.forget(&[session]);
        Ok(())
    }

    async fn find_passkey(&self, user_id: Uuid, id: Uuid) -> Result<StoredPasskey, PasskeyError> {
        let passkeys = self.store.passkeys(user_id).await?;
        passkeys.into_iter().find(|passkey| passkey.id == id).ok_or(PasskeyError::NotFound)
    }

    fn removal_trail(
        &self,
        account: &Account,
        request: &PasskeyRemovalRequest,
        passkey: &StoredPasskey,
    ) -> Result<Trail, PasskeyError> {
        let event = self
            .event(EventKind::FactorRemoved, request.origin.clone())
            .about(request.user_id)
            .by(request.user_id)
            .in_session(request.session_id)
            .with(json!({ "factor": Factor::Webauthn.as_str(), "passkey": passkey.id }));
        let notice = Notice::FactorRemoved {
            factor: notice_name(&passkey.name),
            at: event.at.rfc3339(),
            place: Place::of(&request.origin),
        };
        Ok(Trail::of(event).telling(self.postbox.mail(&addressee(account), notice)?))
    }
}
