//! Known devices: those from which the owner has logged in to an account before. Their wrong passwords are counted
//! apart, so that strangers who guess do not lock the owner out (OWASP, *device cookies*; ASVS 5.0 §6.1.1).

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::environment::FlowEnvironment;
use crate::model::device::Device;
use crate::model::device_token::{DeviceOwner, DeviceToken};
use crate::model::opaque_token::{Use, hash};
use crate::model::principal::ActingSession;
use crate::model::principal::Principal;
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::TrustedDevice;
use crate::store::{Effects, StoreError};

/// How many tokens a browser may send.
const MAX_ACCOUNTS: usize = 5;

/// A device that is known to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    pub id: Uuid,
    /// Set if the device also stands in for the second factor, in the browser that it was trusted in.
    pub trusted: Option<TrustedDevice>,
}

impl KnownDevice {
    /// The trust in the device, unless its token was taken to another browser.
    pub fn trust_in(&self, device: &Device) -> Option<&TrustedDevice> {
        self.trusted.as_ref().filter(|known| known.browser == device.browser && known.os == device.os)
    }
}

/// The service for devices that an account knows: recognized, made known and forgotten.
pub struct Devices {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
}

impl Devices {
    /// The known device of this account that a token belongs to, or one of several tokens with `~` between them; the
    /// token of another account counts as none. The work is the same whether there is an account or not, so that the
    /// time of the answer does not tell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(
        &self,
        account: Option<&Account>,
        token: Option<&Secret<String>>,
    ) -> Result<Option<KnownDevice>, StoreError> {
        let Some(token) = token else { return Ok(None) };
        let (owner, now) = (owner_of(account), self.env.now());
        let Some(signed) = self.own_or_first(owner, token.expose()) else {
            // Tokens of earlier versions have a row, and are valid until it expires.
            let hash = hash(Use::TrustedDevice, token.expose());
            let trusted = self.env.store.trusted_device(owner.user_id, hash, now).await?;
            return Ok(trusted.map(|trusted| KnownDevice { id: trusted.id, trusted: Some(trusted) }));
        };
        let root = self.sessions.root_keys.get(signed.root_key_id());
        let is_theirs = root.is_some_and(|root| signed.is_of(&root, owner)) && !signed.is_expired(now);
        let id = signed.device_id();
        let trusted = self.env.store.trusted_device_by_id(owner.user_id, id, now).await?;
        Ok((is_theirs && account.is_some()).then_some(KnownDevice { id, trusted }))
    }

    /// The token of this account, of the several that a browser may have. The work is the same for each of them.
    fn own_or_first(&self, owner: DeviceOwner, tokens: &str) -> Option<DeviceToken> {
        let parsed = tokens.split('~').take(MAX_ACCOUNTS).filter_map(DeviceToken::parse);
        let is_own = |token: &DeviceToken| {
            self.sessions.root_keys.get(token.root_key_id()).is_some_and(|root| token.is_of(&root, owner))
        };
        let checked: Vec<(DeviceToken, bool)> = parsed
            .map(|token| {
                let own = is_own(&token);
                (token, own)
            })
            .collect();
        let own = checked.iter().find(|(_, own)| *own).or(checked.first());
        own.map(|(token, _)| token.clone())
    }

    /// Makes the browser that gets the answer a known device, with the account's present device epoch: to be called
    /// after the commit of the change that makes it one. A device that was known before keeps its id, and with it its
    /// failures and its trust.
    ///
    /// # Errors
    /// [`StoreError`]; also if the account is gone.
    pub async fn new_token(
        &self,
        user_id: Uuid,
        previous: Option<&KnownDevice>,
    ) -> Result<Secret<String>, StoreError> {
        let device_epoch = self.env.store.device_epoch(user_id).await?;
        Ok(self.token(DeviceOwner { user_id, device_epoch }, self.id_of(previous)))
    }

    /// Revokes all sessions of a user, and leaves only the device that asks a known one, by its new token. Returns how
    /// many sessions there were.
    ///
    /// # Errors
    /// [`StoreError`]; then no session was revoked, or the new token is lost.
    pub async fn log_out_everywhere(
        &self,
        acting_session: ActingSession,
        context: RequestContext,
    ) -> Result<(usize, Secret<String>), StoreError> {
        let revoked = self.sessions.revoke_all_own(acting_session, context).await?;
        Ok((revoked, self.new_token(acting_session.user_id, None).await?))
    }

    /// Takes the trust away from a device. `false` if the user has no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_trusted(&self, principal: &Principal, id: Uuid) -> Result<bool, StoreError> {
        let event = self.env.event_by(principal, EventKind::DeviceRemoved).with(json!({ "device": id }));
        let effects = Effects::of(event).by_session(Some(principal.acting_session));
        self.env.store.remove_trusted_device(principal.user_id(), id, &effects).await
    }

    /// The id that a device has in its next token: its present one, or a new one.
    pub(super) fn id_of(&self, previous: Option<&KnownDevice>) -> Uuid {
        previous.map_or_else(|| self.env.new_id(), |known| known.id)
    }

    pub(super) fn token(&self, owner: DeviceOwner, id: Uuid) -> Secret<String> {
        DeviceToken::issue(&self.sessions.root_keys.active(), owner, id, self.env.now()).reveal()
    }
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Devices")
    }
}

/// The owner of an account's device tokens; for an unknown address one that no token belongs to.
pub(super) fn owner_of(account: Option<&Account>) -> DeviceOwner {
    account.map_or(DeviceOwner { user_id: Uuid::nil(), device_epoch: -1 }, |account| DeviceOwner {
        user_id: account.user.id,
        device_epoch: account.device_epoch,
    })
}
