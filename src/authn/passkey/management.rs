//! Passkeys of a user: renamed and removed.

use uuid::Uuid;

use super::{PasskeyError, Passkeys};
use crate::authn::mfa::factor_change::OwnFactor;
use crate::model::device::plain_name;
use crate::model::principal::ActingSession;
use crate::model::principal::Principal;
use crate::store::authenticator::factor::FactorRemovalOutcome;
use crate::store::authenticator::passkey::StoredPasskey;

impl Passkeys {
    /// # Errors
    /// [`PasskeyError::InvalidName`] or [`PasskeyError::NotFound`], also for another user's passkey.
    pub async fn rename(
        &self,
        acting_session: ActingSession,
        id: Uuid,
        name: &str,
    ) -> Result<StoredPasskey, PasskeyError> {
        let name = plain_name(name).ok_or(PasskeyError::InvalidName)?;
        if !self.env.store.rename_passkey(acting_session, id, &name).await? {
            return Err(PasskeyError::NotFound);
        }
        self.find(acting_session.user_id, id).await.map(|passkey| StoredPasskey { name, ..passkey })
    }

    /// Removes a passkey and revokes the user's other sessions (ASVS 5.0 §7.4.3); the owner gets a mail.
    ///
    /// # Errors
    /// [`PasskeyError::NotFound`], also for another user's passkey; [`PasskeyError::Required`].
    pub async fn remove(&self, principal: &Principal, id: Uuid) -> Result<(), PasskeyError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(PasskeyError::NoAccount)?;
        let passkey = self.find(principal.user_id(), id).await?;
        let removed = self.changes.remove(&account, principal, OwnFactor::Passkey(&passkey));
        match removed.await? {
            FactorRemovalOutcome::Done(_) => Ok(()),
            FactorRemovalOutcome::Absent => Err(PasskeyError::NotFound),
            FactorRemovalOutcome::Required => Err(PasskeyError::Required),
            FactorRemovalOutcome::NotActive => Err(PasskeyError::NoAccount),
        }
    }

    async fn find(&self, user_id: Uuid, id: Uuid) -> Result<StoredPasskey, PasskeyError> {
        let passkeys = self.env.store.passkeys(user_id).await?;
        passkeys.into_iter().find(|passkey| passkey.id == id).ok_or(PasskeyError::NotFound)
    }
}
