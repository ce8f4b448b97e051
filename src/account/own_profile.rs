//! Changes that users make to their own profile without reauthentication.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::clock::Clock;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::device::plain_name;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::account::Profile;
use crate::store::account::profile::ProfileEdit;
use crate::store::session::acting_session::ActingSession;
use crate::store::{Effects, Store, StoreError};

/// The profile of the caller. The methods must run on the runtime that the store was opened on.
pub struct OwnProfile {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// The owner of the profile, who is also the caller.
    pub user_id: Uuid,
    pub session_id: Uuid,
}

impl OwnProfile {
    /// Changes the display name and the language. Names become plain text, and an empty name removes the name. Returns
    /// the changed profile, or `None` if the account is gone.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn change(
        &self,
        edit: ProfileEdit,
        context: RequestContext,
    ) -> Result<Option<Profile>, StoreError> {
        let plain = |name: Option<String>| name.as_deref().and_then(plain_name);
        let edit = ProfileEdit { display_name: edit.display_name.map(plain), ..edit };
        let now = self.clock.now();
        let id = uuid_v7(self.entropy.as_ref(), now);
        let event = SecurityEvent::new(id, EventKind::AccountUpdated, context, now)
            .about(self.user_id)
            .by(self.user_id)
            .in_session(self.session_id);
        let acting_session = Some(ActingSession { user_id: self.user_id, session_id: self.session_id });
        let tell = |changed: &[&str]| {
            Effects::of(event.clone().with(json!({ "changed": changed }))).by_session(acting_session)
        };
        self.store.edit_profile(self.user_id, &edit, now, tell).await
    }
}

impl std::fmt::Debug for OwnProfile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnProfile").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}
