//! What people see of their own sessions.

use std::time::Duration;

use uuid::Uuid;

use super::Sessions;
use crate::store::StoreError;
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::session::ended::EndedSession;
use crate::store::session::family::SessionOverview;

/// For how long a session that has ended is shown to its user.
const ENDED_ARE_SHOWN: Duration = Duration::from_secs(90 * 86_400);

impl Sessions {
    /// A user's live families.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, user: Uuid) -> Result<Vec<SessionOverview>, StoreError> {
        self.store.live_sessions(user, self.clock.now()).await
    }

    /// A page of a user's families that have ended in the last 90 days, as far as they are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_ended(
        &self,
        user: Uuid,
        window: PageRequest,
    ) -> Result<Listed<EndedSession>, StoreError> {
        let now = self.clock.now();
        self.store.ended_sessions(user, now.minus(ENDED_ARE_SHOWN), now, window).await
    }
}
