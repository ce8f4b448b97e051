//! Devices that need no second factor for a while: given up by their owner.

use serde_json::json;
use uuid::Uuid;

use super::{Authn, FactorOwner};
use crate::model::factor::Factors;
use crate::model::security_event::EventKind;
use crate::store::totp::StoredTotp;
use crate::store::{StoreError, Trail};

impl Authn {
    /// Trusts a device no longer. `false` if the user has no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_trusted_device(&self, owner: &FactorOwner, id: Uuid) -> Result<bool, StoreError> {
        let event = self.event(EventKind::DeviceRemoved, owner.origin.clone()).about(owner.user_id);
        let event = event.by(owner.user_id).in_session(owner.session_id).with(json!({ "device": id }));
        self.store.remove_trusted_device(owner.user_id, id, &Trail::of(event)).await
    }

    /// The second factors of a user, and what is known of the authenticator app.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn second_factors(&self, user_id: Uuid) -> Result<(Factors, Option<StoredTotp>), StoreError> {
        Ok((self.store.factors(user_id).await?, self.store.totp(user_id).await?))
    }
}
