//! Devices that need no second factor for a while: given up by their owner.

use serde_json::json;
use uuid::Uuid;

use super::{Authn, FactorOwner};
use crate::model::security_event::EventKind;
use crate::store::{StoreError, Trail};

impl Authn {
    /// Trusts a device no longer. `false` if the user has no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_trusted_device(&self, owner: &FactorOwner, id: Uuid) -> Result<bool, StoreError> {
        let event = self.owner_event(EventKind::DeviceRemoved, owner).with(json!({ "device": id }));
        let trail = Trail::of(event).asked_by(Some(owner.asker()));
        self.store.remove_trusted_device(owner.user_id, id, &trail).await
    }
}
