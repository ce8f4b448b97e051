//! All sessions of all users revoked: for the day after an incident.

use serde_json::json;

use super::{Administration, AdministrationError, Agent};
use crate::model::revocation::Cutoff;
use crate::model::security_event::EventKind;
use crate::store::Effects;

impl Administration {
    /// Revokes every session, the caller's included, and every login that waits for a second factor. Once this
    /// returns no token of an earlier session counts here, and on other nodes as soon as they have read the log.
    /// Logins afterwards are as ever.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn revoke_all_sessions(&self, agent: &Agent) -> Result<Cutoff, AdministrationError> {
        let at = self.clock.now();
        let event = self.event(EventKind::AllSessionsRevoked, agent, json!({}));
        let revoked = self
            .store
            .revoke_all(agent.user_id, at, &Effects::of(event).by_session(agent.acting_session()))
            .await?;
        let cutoff = revoked.map_err(AdministrationError::Refused)?;
        self.sessions.index.insert_cutoff(cutoff);
        Ok(cutoff)
    }
}
