//! The family is revoked: how that is written, and the requests that ask for it.
use uuid::Uuid;

use super::FamilyCore;
use crate::clock::Timestamp;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::RequestContext;
use crate::model::session_family::SessionFamily;
use crate::session::message::{RefreshError, Revoke, RevokeError, RevokeFor, Revoked};
use crate::store::Effects;
use crate::store::session::family_write::{FamilyRevocation, RevocationOutcome};

impl FamilyCore {
    /// By one of the family's own tokens.
    pub async fn revoke(&mut self, request: &Revoke) -> Result<Revoked, RefreshError> {
        let Some(family) = self.load_unless_live().await? else {
            return Ok(Revoked::Before);
        };
        if request.token.as_ref().is_some_and(|token| !self.is_authentic(&family, token)) {
            return Err(RefreshError::Invalid);
        }
        // Credentials that moved on revoke a family without a word in its row: here the word is written.
        if family.revoked.is_some_and(|reason| reason != RevokeReason::CredentialsChanged) {
            return Ok(Revoked::Before);
        }
        let revocation = self.requested(&family, request.reason, request.principal_id, &request.context);
        let now = revocation.at;
        let outcome = self.write_revocation(&family, revocation).await?;
        self.shared.index.insert(self.id, now);
        Ok(Revoked::of(outcome))
    }

    /// What is remembered may be older than a failover that lost the end of the session: that it has ended is said by the
    /// row only.
    async fn load_unless_live(&mut self) -> Result<Option<SessionFamily>, RefreshError> {
        let remembered = self.family.as_deref().filter(|family| family.revoked.is_none());
        if let Some(family) = remembered {
            return Ok(Some(family.clone()));
        }
        Ok(self.load().await?.map(|loaded| loaded.family))
    }

    /// On the authority of another session. Whether it holds is asked even where the family was revoked before.
    pub async fn revoke_for(&mut self, request: &RevokeFor) -> Result<Revoked, RevokeError> {
        let Some(family) = self.load_if_needed().await? else {
            return Ok(Revoked::Before);
        };
        let authority = request.authority;
        let revocation = self.requested(&family, request.reason, authority.principal_id(), &request.context);
        let now = revocation.at;
        let outcome = self.persist(self.shared.store.revoke_for(authority, revocation)).await?;
        let outcome = outcome.map_err(RevokeError::Refused)?;
        if outcome == RevocationOutcome::Revoked {
            self.remember_revoked(&family, request.reason);
        }
        self.shared.index.insert(self.id, now);
        Ok(Revoked::of(outcome))
    }

    /// It holds for any generation: the request is about the session.
    fn requested(
        &self,
        family: &SessionFamily,
        reason: RevokeReason,
        principal_id: Option<Uuid>,
        context: &RequestContext,
    ) -> FamilyRevocation {
        let now = self.shared.clock.now();
        let mut event = self.ended_event(family, context, reason, now);
        event.actor_id = principal_id;
        FamilyRevocation {
            family_id: self.id,
            generation: None,
            reason,
            at: now,
            reused_jti: None,
            logged_out: (reason == RevokeReason::Logout).then_some(family.user_id),
            effects: Effects::of(event),
        }
    }

    /// A revocation that follows from a presented token. `false` if another change was faster.
    pub(super) async fn revoke_by_decision(
        &mut self,
        family: &SessionFamily,
        decided: DecidedRevocation,
    ) -> Result<bool, RefreshError> {
        let DecidedRevocation { reason, reused_jti, effects, at } = decided;
        // What was decided about the current generation holds for that one only.
        let is_of_generation = matches!(reason, RevokeReason::Expired | RevokeReason::Regressed);
        let revocation = FamilyRevocation {
            family_id: self.id,
            generation: is_of_generation.then_some(family.generation),
            reason,
            at,
            reused_jti,
            logged_out: None,
            effects,
        };
        let outcome = self.write_revocation(family, revocation).await?;
        if outcome == RevocationOutcome::Revoked || !is_of_generation {
            self.shared.index.insert(self.id, at);
        }
        Ok(outcome == RevocationOutcome::Revoked)
    }

    async fn write_revocation(
        &mut self,
        family: &SessionFamily,
        revocation: FamilyRevocation,
    ) -> Result<RevocationOutcome, RefreshError> {
        let reason = revocation.reason;
        let outcome = self.persist(self.shared.store.revoke(revocation)).await?;
        if outcome == RevocationOutcome::Revoked {
            self.remember_revoked(family, reason);
        }
        Ok(outcome)
    }

    fn remember_revoked(&mut self, family: &SessionFamily, reason: RevokeReason) {
        self.family = Some(Box::new(SessionFamily { revoked: Some(reason), ..family.clone() }));
    }
}

/// Why a presented token revokes its family, and what is written with that.
pub(super) struct DecidedRevocation {
    pub reason: RevokeReason,
    /// The spent token whose reuse is the reason.
    pub reused_jti: Option<Uuid>,
    pub effects: Effects,
    pub at: Timestamp,
}
