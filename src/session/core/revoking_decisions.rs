//! Decisions that revoke the family of the presented token. Each returns nothing if another change was faster, and
//! the refusal otherwise.

use serde_json::json;

use super::FamilyCore;
use super::revocation::DecidedRevocation;
use crate::clock::Timestamp;
use crate::model::access_token::jti_uuid;
use crate::model::notice::{Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::{ReuseClass, SessionFamily};
use crate::notification::Addressee;
use crate::session::message::{Refresh, RefreshError};
use crate::store::Effects;
use crate::store::session::family::LoadedFamily;

impl FamilyCore {
    /// Reuse of a spent token (RFC 9700 §4.14.2). The owner is warned.
    pub(super) async fn revoke_reused(
        &mut self,
        loaded: &LoadedFamily,
        class: ReuseClass,
        request: &Refresh,
        at: Timestamp,
    ) -> Result<(), RefreshError> {
        let family = &loaded.family;
        let generation = request.token.generation();
        let key = self.shared.root_keys.family_key(request.token.root_key_id(), &family.salt);
        let event = self.event(EventKind::RefreshTokenReused, family, &request.context, at).with(json!({
            "class": class.as_str(), "generation": generation, "current_generation": family.generation,
        }));
        let notice = Notice::ReplayDetected { at, place: Place::of(&request.context) };
        let decided = DecidedRevocation {
            reason: RevokeReason::Reuse,
            reused_jti: key.map(|key| jti_uuid(key.jti(generation))),
            effects: self.telling(Effects::of(event), loaded, notice),
            at,
        };
        if !self.revoke_by_decision(family, decided).await? {
            return Ok(());
        }
        self.shared.metrics.refresh_replays.with_label_values(&[class.as_str()]).inc();
        tracing::warn!(session_id = %self.id, user_id = %family.user_id, class = class.as_str(),
            correlation_id = %request.context.correlation_id,
            "a spent refresh token was used again; the session is revoked");
        Err(RefreshError::Reused(class))
    }

    /// A lost answer of a client that names no attempts, or a theft. The owner is told of both.
    pub(super) async fn revoke_unconfirmed(
        &mut self,
        loaded: &LoadedFamily,
        request: &Refresh,
        at: Timestamp,
    ) -> Result<(), RefreshError> {
        let family = &loaded.family;
        let event = self.event(EventKind::RefreshUnconfirmed, family, &request.context, at).with(json!({
            "generation": request.token.generation(), "current_generation": family.generation,
            "causes": ["answer_lost", "token_stolen"],
        }));
        let notice = Notice::RefreshUnconfirmed { at, place: Place::of(&request.context) };
        let effects = self.telling(Effects::of(event), loaded, notice);
        let decided = DecidedRevocation { reason: RevokeReason::Unconfirmed, reused_jti: None, effects, at };
        if self.revoke_by_decision(family, decided).await? {
            return Err(RefreshError::Unconfirmed);
        }
        Ok(())
    }

    /// A named attempt that is repeated after the retry window.
    pub(super) async fn revoke_late_retry(
        &mut self,
        family: &SessionFamily,
        request: &Refresh,
        at: Timestamp,
    ) -> Result<(), RefreshError> {
        let reason = RevokeReason::RetryExpired;
        let effects = Effects::of(self.ended_event(family, &request.context, reason, at));
        let decided = DecidedRevocation { reason, reused_jti: None, effects, at };
        if self.revoke_by_decision(family, decided).await? {
            return Err(RefreshError::Expired);
        }
        Ok(())
    }

    /// A token that the database has never issued, although it carries the server's own tag.
    pub(super) async fn revoke_regressed(
        &mut self,
        family: &SessionFamily,
        request: &Refresh,
        at: Timestamp,
    ) -> Result<(), RefreshError> {
        let generation = request.token.generation();
        let event = self.event(EventKind::RefreshTokenRegressed, family, &request.context, at).with(json!({
            "generation": generation, "current_generation": family.generation,
        }));
        let effects = Effects::of(event);
        let decided = DecidedRevocation { reason: RevokeReason::Regressed, reused_jti: None, effects, at };
        if !self.revoke_by_decision(family, decided).await? {
            return Ok(());
        }
        tracing::info!(session_id = %self.id, generation, current_generation = family.generation,
            "a refresh token is ahead of the database; the session is revoked");
        self.shared.set_back.raise("a refresh token is ahead of its session");
        Err(RefreshError::Regressed)
    }

    /// The expiry is written down: a clock that is set back does not bring the session to life again.
    pub(super) async fn revoke_expired(
        &mut self,
        family: &SessionFamily,
        context: &RequestContext,
        at: Timestamp,
    ) -> Result<(), RefreshError> {
        let reason = RevokeReason::Expired;
        let effects = Effects::of(self.ended_event(family, context, reason, at));
        let decided = DecidedRevocation { reason, reused_jti: None, effects, at };
        match self.revoke_by_decision(family, decided).await {
            Ok(false) => Ok(()),
            // It has expired, whether or not the database could be told.
            Ok(true) | Err(_) => Err(RefreshError::Expired),
        }
    }

    pub(super) fn ended_event(
        &self,
        family: &SessionFamily,
        context: &RequestContext,
        reason: RevokeReason,
        at: Timestamp,
    ) -> SecurityEvent {
        let detail = json!({ "reason": reason.as_str() });
        self.event(EventKind::SessionEnded, family, context, at).with(detail)
    }

    /// Adds the mail to the owner, at the address they have now.
    fn telling(&self, effects: Effects, loaded: &LoadedFamily, notice: Notice) -> Effects {
        match self.shared.composer.mail(&addressee(loaded), notice) {
            Ok(mail) => effects.telling(mail),
            Err(error) => {
                // The session must be revoked all the same.
                tracing::error!(session_id = %self.id, %error, "cannot tell the owner of a session that it is revoked");
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
        time_zone: loaded.time_zone.clone(),
        is_proven: loaded.email_verified,
        known_device: false,
    }
}
