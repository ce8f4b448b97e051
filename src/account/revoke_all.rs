//! The revocation of all sessions of all users, after an incident.

use serde_json::json;

use super::{Administration, AdministrationError, Principal};
use crate::model::revocation::Cutoff;
use crate::model::security_event::EventKind;
use crate::store::Effects;

impl Administration {
    /// Revokes every session, including that of the caller, and every login that waits for a second factor. Once this
    /// returns, no token of an earlier session is accepted by this node; other nodes follow as soon as they have read the
    /// log. Later logins are not affected.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn revoke_all_sessions(&self, principal: &Principal) -> Result<Cutoff, AdministrationError> {
        let at = self.clock.now();
        let event = self.event(EventKind::AllSessionsRevoked, principal, json!({}));
        let revoked = self
            .store
            .revoke_all(principal.user_id(), at, &Effects::of(event).by_session(principal.acting_session))
            .await?;
        let cutoff = revoked.map_err(AdministrationError::Refused)?;
        self.sessions.index.insert_cutoff(cutoff);
        Ok(cutoff)
    }
}
