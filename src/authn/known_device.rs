//! Devices from which someone has logged in to an account before. They have failures of their own, so that strangers
//! who guess do not keep the owner out (OWASP, *device cookies*; ASVS 5.0 §6.1.1).

use uuid::Uuid;

use super::Authn;
use crate::entropy::uuid_v7;
use crate::model::device::Device;
use crate::model::device_token::{DeviceOwner, DeviceToken};
use crate::model::opaque_token::{Use, hash};
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::TrustedDevice;
use crate::store::session::acting_session::ActingSession;

/// A device that is known to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    pub id: Uuid,
    /// Set if the device also stands in for the second factor, in the browser that it was trusted in.
    pub trusted: Option<TrustedDevice>,
}

impl KnownDevice {
    /// The trust that it has in this browser: taken to another one it has none.
    pub fn trust_in(&self, device: &Device) -> Option<&TrustedDevice> {
        self.trusted.as_ref().filter(|known| known.browser == device.browser && known.os == device.os)
    }
}

impl Authn {
    /// The device of this account that the token belongs to. The token of another account counts as none. The work
    /// is the same whether there is an account or not, so that the time does not tell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known_device(
        &self,
        account: Option<&Account>,
        token: Option<&Secret<String>>,
    ) -> Result<Option<KnownDevice>, StoreError> {
        let Some(token) = token else { return Ok(None) };
        let (owner, now) = (owner_of(account), self.clock.now());
        let Some(signed) = DeviceToken::parse(token.expose()) else {
            // Tokens of earlier versions have a row, and are good until it expires.
            let hash = hash(Use::TrustedDevice, token.expose());
            let trusted = self.store.trusted_device(owner.user_id, hash, now).await?;
            return Ok(trusted.map(|trusted| KnownDevice { id: trusted.id, trusted: Some(trusted) }));
        };
        let root = self.sessions.root_keys.get(signed.root_key_id());
        let is_theirs = root.is_some_and(|root| signed.is_of(root, owner)) && !signed.is_expired(now);
        let id = signed.device_id();
        let trusted = self.store.trusted_device_by_id(owner.user_id, id, now).await?;
        Ok((is_theirs && account.is_some()).then_some(KnownDevice { id, trusted }))
    }

    /// Makes the browser that gets the answer a known device, with the account's device epoch as it is now: asked
    /// after the commit of what makes it one. A device that was known before keeps its id, and with it its
    /// failures and its trust.
    ///
    /// # Errors
    /// [`StoreError`]; also if the account is gone.
    pub async fn new_device_token(
        &self,
        user_id: Uuid,
        previous: Option<&KnownDevice>,
    ) -> Result<Secret<String>, StoreError> {
        let device_epoch = self.store.device_epoch(user_id).await?;
        let id = self.device_id(previous);
        Ok(self.device_token(DeviceOwner { user_id, device_epoch }, id))
    }

    /// Ends all of a user's sessions. From then on only the device that asks is a known one, by its new token; gives back
    /// how many sessions there were.
    ///
    /// # Errors
    /// [`StoreError`]; then none has ended, or the new token is lost.
    pub async fn log_out_everywhere(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<(usize, Secret<String>), StoreError> {
        let ended = self.sessions.revoke_all_own(acting_session, context).await?;
        Ok((ended, self.new_device_token(acting_session.user_id, None).await?))
    }

    /// The id of a device in its next token: the one that it has, or a new one.
    pub(super) fn device_id(&self, previous: Option<&KnownDevice>) -> Uuid {
        match previous {
            Some(known) => known.id,
            None => uuid_v7(self.entropy.as_ref(), self.clock.now()),
        }
    }

    pub(super) fn device_token(&self, owner: DeviceOwner, id: Uuid) -> Secret<String> {
        DeviceToken::issue(self.sessions.root_keys.active(), owner, id, self.clock.now()).reveal()
    }
}

/// For an unknown address one that no token is of.
pub(super) fn owner_of(account: Option<&Account>) -> DeviceOwner {
    account.map_or(DeviceOwner { user_id: Uuid::nil(), device_epoch: -1 }, |account| DeviceOwner {
        user_id: account.user.id,
        device_epoch: account.device_epoch,
    })
}
