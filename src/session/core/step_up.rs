//! Another proof in a live family: generation and refresh token stay, `auth_time` and assurance move.

use serde_json::json;

use super::{DECISIONS, FamilyCore};
use crate::clock::Timestamp;
use crate::model::access_token::current_jti;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::model::session_family::SessionFamily;
use crate::session::message::{RefreshError, Refreshed, StepUp};
use crate::store::Trail;
use crate::store::family_write::{FamilyChange, FamilyWrite, StepUpWrite, WriteOutcome};

impl FamilyCore {
    pub async fn step_up(&mut self, request: &StepUp) -> Result<Refreshed, RefreshError> {
        for _ in 0..DECISIONS {
            // What is remembered may be out of date, and a step-up is rare: the row is read anew.
            match self.family.as_ref().map(|family| family.generation) {
                Some(remembered) => self.reload(remembered).await?,
                None => {
                    self.load_if_needed().await?;
                }
            }
            let family = self.family().await?;
            let now = self.shared.clock.now();
            let answer = match family.revoked {
                Some(RevokeReason::Expired) => return Err(RefreshError::Expired),
                Some(reason) => return Err(RefreshError::Revoked(reason)),
                None if now >= family.refresh_expires_at() => {
                    self.end_by_expiry(&family, &request.origin, now).await?
                }
                None if family.credential_epoch != request.credential_epoch => {
                    return Err(RefreshError::CredentialsMoved);
                }
                None => self.prove_anew(&family, request, now).await?,
            };
            if let Some(stepped_up) = answer {
                return Ok(stepped_up);
            }
        }
        Err(RefreshError::Unavailable)
    }

    async fn prove_anew(
        &mut self,
        family: &SessionFamily,
        request: &StepUp,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let next = family.stepped_up(request.methods, now);
        let key = self.shared.keyring.family_key(family.key_id, &family.salt);
        let key = key.ok_or(RefreshError::Unavailable)?;
        let event = self
            .event(EventKind::StepUpSucceeded, family, &request.origin, now)
            .by(family.user_id)
            .with(json!({ "methods": request.methods.names() }));
        let write = StepUpWrite {
            family_id: self.id,
            generation: family.generation,
            credential_epoch: request.credential_epoch,
            auth_time: next.auth_time,
            amr: next.amr,
            aal: next.aal,
            jti: current_jti(&next, &key),
            attempt: request.attempt,
            trail: Trail::of(event),
        };
        let change = FamilyChange::StepUp(Box::new(write));
        match self.persist(FamilyWrite::Change(change)).await? {
            WriteOutcome::SteppedUp(user) => {
                self.family = Some(Box::new(next.clone()));
                Ok(Some(Refreshed { family: next, key, user, retried: false }))
            }
            _ => {
                self.shared.metrics.family_conflicts.inc();
                Ok(None)
            }
        }
    }
}
