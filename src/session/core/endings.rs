//! What a presented token ends its family for. Each gives back nothing if another change was faster, and the refusal
//! otherwise.

use serde_json::{Value, json};

use super::FamilyCore;
use crate::clock::Timestamp;
use crate::model::access_token::jti_uuid;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::{ReplayClass, SessionFamily};
use crate::notification::Addressee;
use crate::session::message::{Refresh, RefreshError};
use crate::store::Effects;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::WriteOutcome;

impl FamilyCore {
    /// Reuse of a spent token (RFC 9700 §4.14.2). The owner is warned.
    pub(super) async fn end_by_replay(
        &mut self,
        loaded: &LoadedFamily,
        class: ReplayClass,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let family = &loaded.family;
        let generation = request.token.generation();
        let key = self.shared.root_keys.family_key(request.token.root_key_id(), &family.salt);
        let jti = key.map(|key| jti_uuid(key.jti(generation)));
        let event = self.event(EventKind::RefreshTokenReplayed, family, &request.context, now).with(json!({
            "class": class.as_str(), "generation": generation, "current_generation": family.generation,
        }));
        let notice = Notice::ReplayDetected { at: now, place: Place::of(&request.context) };
        let effects = self.telling(Effects::of(event), loaded, notice);
        match self.end(family, RevokeReason::Replay, jti, effects, now).await? {
            WriteOutcome::Lost => Ok(()),
            _ => {
                self.shared.metrics.refresh_replays.with_label_values(&[class.as_str()]).inc();
                tracing::warn!(session_id = %self.id, user_id = %family.user_id, class = class.as_str(),
                    correlation_id = %request.context.correlation_id, "a spent refresh token was used again; the session has ended");
                Err(RefreshError::Replayed(class))
            }
        }
    }

    /// A lost answer of a client that names no attempts, or a theft. The owner is told of both.
    pub(super) async fn end_unconfirmed(
        &mut self,
        loaded: &LoadedFamily,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let family = &loaded.family;
        let event = self.event(EventKind::RefreshUnconfirmed, family, &request.context, now).with(json!({
            "generation": request.token.generation(), "current_generation": family.generation,
            "causes": ["answer_lost", "token_stolen"],
        }));
        let notice = Notice::RefreshUnconfirmed { at: now, place: Place::of(&request.context) };
        let effects = self.telling(Effects::of(event), loaded, notice);
        match self.end(family, RevokeReason::Unconfirmed, None, effects, now).await? {
            WriteOutcome::Lost => Ok(()),
            _ => Err(RefreshError::Unconfirmed),
        }
    }

    /// A named attempt that is repeated after the retry window.
    pub(super) async fn end_by_late_retry(
        &mut self,
        family: &SessionFamily,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let reason = RevokeReason::RetryExpired;
        let event = self.ended_event(family, &request.context, reason, now);
        match self.end(family, reason, None, Effects::of(event), now).await? {
            WriteOutcome::Lost => Ok(()),
            _ => Err(RefreshError::Expired),
        }
    }

    pub(super) async fn end_by_regress(
        &mut self,
        family: &SessionFamily,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let generation = request.token.generation();
        let event = self.event(EventKind::RefreshTokenRegressed, family, &request.context, now).with(json!({
            "generation": generation, "current_generation": family.generation,
        }));
        match self.end(family, RevokeReason::Regressed, None, Effects::of(event), now).await? {
            WriteOutcome::Lost => Ok(()),
            _ => {
                tracing::error!(session_id = %self.id, generation, current_generation = family.generation,
                    "a refresh token is ahead of the database: was an old backup restored?");
                Err(RefreshError::Regressed)
            }
        }
    }

    /// The expiry is written down: a clock that is set back does not bring the session to life again.
    pub(super) async fn end_by_expiry(
        &mut self,
        family: &SessionFamily,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let event = self.ended_event(family, context, RevokeReason::Expired, now);
        match self.end(family, RevokeReason::Expired, None, Effects::of(event), now).await {
            Ok(WriteOutcome::Lost) => Ok(()),
            // It has expired, whether or not the database could be told.
            _ => Err(RefreshError::Expired),
        }
    }

    fn ended_event(
        &self,
        family: &SessionFamily,
        context: &RequestContext,
        reason: RevokeReason,
        now: Timestamp,
    ) -> SecurityEvent {
        let detail: Value = json!({ "reason": reason.as_str() });
        self.event(EventKind::SessionEnded, family, context, now).with(detail)
    }

    /// Adds the mail to the owner, at the address they have now.
    fn telling(&self, effects: Effects, loaded: &LoadedFamily, notice: Notice) -> Effects {
        match self.shared.composer.mail(&addressee(loaded), notice) {
            Ok(mail) => effects.telling(mail),
            Err(error) => {
                // The session must end all the same.
                tracing::error!(session_id = %self.id, %error, "the owner of a session is not told of its end");
                effects
            }
        }
    }
}

fn addressee(loaded: &LoadedFamily) -> Addressee {
    Addressee {
        user_id: Some(loaded.user.id),
        to: loaded.user.email.clone(),
        display_name: loaded.display_name.clone(),
        locale: loaded.locale.clone(),
        is_proven: loaded.email_verified,
        known_device: false,
    }
}
