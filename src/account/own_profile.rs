//! Changes that users make to their own profile without reauthentication.

use std::sync::Arc;

use serde_json::json;

use crate::clock::Clock;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::device::plain_name;
use crate::model::principal::Principal;
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::store::account::Profile;
use crate::store::account::profile::ProfileEdit;
use crate::store::{Effects, Store, StoreError};

/// The profile of the caller. The methods must run on the runtime that the store was opened on.
pub struct OwnProfile {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// The owner of the profile, who is also the caller.
    pub principal: Principal,
}

impl OwnProfile {
    /// Changes the display name and the language. Names become plain text, and an empty name removes the name. Returns
    /// the changed profile, or `None` if the account is gone.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn change(&self, edit: ProfileEdit) -> Result<Option<Profile>, StoreError> {
        let plain = |name: Option<String>| name.as_deref().and_then(plain_name);
        let edit = ProfileEdit { display_name: edit.display_name.map(plain), ..edit };
        let now = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), now);
        let Principal { acting_session, context } = &self.principal;
        let event = SecurityEvent::new(id, EventKind::AccountUpdated, context.clone(), now);
        let event = event.by_owner(*acting_session);
        let tell = |changed: &[&str]| {
            Effects::of(event.clone().with(json!({ "changed": changed }))).by_session(Some(*acting_session))
        };
        self.store.edit_profile(acting_session.user_id, &edit, now, tell).await
    }
}

impl std::fmt::Debug for OwnProfile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnProfile").field("principal", &self.principal).finish_non_exhaustive()
    }
}
