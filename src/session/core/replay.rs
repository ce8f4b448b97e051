//! Reuse of a spent token (RFC 9700 §4.14.2): the family ends, and its owner is told.

use serde_json::json;

use super::FamilyCore;
use crate::clock::Timestamp;
use crate::delivery::Addressee;
use crate::model::access_token::jti_uuid;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, Origin};
use crate::model::session_family::{ReplayClass, SessionFamily};
use crate::session::message::{Refresh, RefreshError, Refreshed};
use crate::store::Trail;
use crate::store::family_write::WriteOutcome;
use crate::store::outbox::NewMessage;
use crate::store::session_family::LoadedFamily;

impl FamilyCore {
    pub(super) async fn end_by_replay(
        &mut self,
        family: &SessionFamily,
        class: ReplayClass,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let generation = request.token.generation();
        let key = self.shared.keyring.family_key(request.token.root_key_id(), &family.salt);
        let jti = key.map(|key| jti_uuid(key.jti(generation)));
        let event = self.event(EventKind::RefreshTokenReplayed, family, &request.origin, now).with(json!({
            "class": class.as_str(), "generation": generation, "current_generation": family.generation,
        }));
        let mut trail = Trail::of(event);
        trail.messages.extend(self.warning(&request.origin, now).await?);
        match self.end(family, RevokeReason::Replay, jti, trail, now).await? {
            WriteOutcome::Lost => Ok(None),
            _ => {
                self.shared.metrics.refresh_replays.with_label_values(&[class.as_str()]).inc();
                tracing::warn!(session_id = %self.id, user_id = %family.user_id, class = class.as_str(),
                    correlation_id = %request.origin.correlation_id, "a spent refresh token was used again; the session has ended");
                Err(RefreshError::Replayed(class))
            }
        }
    }

    /// The mail to the owner, at the address they have now: it is not kept in memory.
    async fn warning(&self, origin: &Origin, now: Timestamp) -> Result<Option<NewMessage>, RefreshError> {
        let loaded = self.bounded(self.shared.store.load(self.id)).await?;
        let notice = Notice::ReplayDetected { at: now.rfc3339(), place: Place::of(origin) };
        let mail = loaded.map(|loaded| self.shared.postbox.mail(&addressee(loaded), notice)).transpose();
        Ok(mail.unwrap_or_else(|error| {
            // The theft must end all the same.
            tracing::error!(session_id = %self.id, %error, "nobody is told of a replay");
            None
        }))
    }
}

fn addressee(loaded: LoadedFamily) -> Addressee {
    Addressee {
        user_id: Some(loaded.user.id),
        to: loaded.user.email,
        display_name: loaded.display_name,
        locale: loaded.locale,
    }
}
