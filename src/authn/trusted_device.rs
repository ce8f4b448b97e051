//! Devices that need no second factor for a while: given up by their owner.

use serde_json::json;
use uuid::Uuid;

use super::{Authn, FactorOwner};
use crate::model::security_event::EventKind;
use crate::store::{Effects, StoreError};

impl Authn {
    /// Trusts a device no longer. `false` if the user has no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_trusted_device(&self, owner: &FactorOwner, id: Uuid) -> Result<bool, StoreError> {
        let event = self.owner_event(EventKind::DeviceRemoved, owner).with(json!({ "device": id }));
        let effects = Effects::of(event).by_session(Some(owner.acting_session()));
        self.store.remove_trusted_device(owner.user_id, id, &effects).await
    }
}
