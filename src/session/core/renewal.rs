//! The live token is spent along with a reauthentication: a step-up, or a change of the password.

use super::examination::{Examined, Live};
use super::{DECISIONS, FamilyCore};
use crate::model::session_family::SessionFamily;
use crate::session::message::{RefreshError, Renew, RenewedFamily};
use crate::store::session::family_write::{Renewal, RenewalOutcome, RenewalPurpose, Renewed, Rotation};

impl FamilyCore {
    pub async fn renew(&mut self, request: &Renew) -> Result<RenewedFamily, RefreshError> {
        let mut overtaken = false;
        for _ in 0..DECISIONS {
            let live = match self.examine(&request.refresh, overtaken).await? {
                Examined::Answered(refreshed) => {
                    return Ok(RenewedFamily { refreshed: *refreshed, overtaken: true, revoked: Vec::new() });
                }
                Examined::Live(live) => live,
            };
            if live.family.credential_epoch != request.credential_epoch {
                if live.fresh {
                    return Err(RefreshError::CredentialsMoved);
                }
                // The family may have moved on at another node.
                self.forget();
                continue;
            }
            let fresh = live.fresh;
            if let Some(renewed) = self.spend(live, request).await? {
                return Ok(renewed);
            }
            overtaken |= fresh;
        }
        Err(RefreshError::Unavailable)
    }

    /// `None` if another change was faster.
    async fn spend(&mut self, live: Live, request: &Renew) -> Result<Option<RenewedFamily>, RefreshError> {
        let Live { family, key, stored_generation, .. } = live;
        let (rotation, key) = self.next_generation(&family, key, &request.refresh);
        let rotation = Rotation { stored_generation, ..rotation };
        let next = rotation.next;
        let amr = match &request.purpose {
            RenewalPurpose::StepUp(methods) => family.amr.and(*methods),
            RenewalPurpose::PasswordChange(_) => family.amr,
        };
        let renewal = Renewal {
            rotation,
            credential_epoch: request.credential_epoch,
            user_id: family.user_id,
            reauthentication: request.reauthentication.clone(),
            purpose: request.purpose.clone(),
            amr,
            aal: family.aal.max(amr.aal()),
            effects: request.effects.clone(),
        };
        match self.persist(self.shared.store.renew(renewal)).await? {
            RenewalOutcome::Renewed(renewed) => {
                let Renewed { user, at, credential_epoch, revoked } = *renewed;
                let next = match &request.purpose {
                    RenewalPurpose::StepUp(methods) => family.reauthenticated(&next, at, *methods),
                    RenewalPurpose::PasswordChange(_) => family.rotated(&next, at),
                };
                let next = SessionFamily { credential_epoch, ..next };
                let refreshed = self.adopt(next, key, user);
                Ok(Some(RenewedFamily { refreshed, overtaken: false, revoked }))
            }
            RenewalOutcome::ReauthenticationSpent => Err(RefreshError::ReauthenticationSpent),
            RenewalOutcome::Overtaken => {
                self.lose();
                Ok(None)
            }
        }
    }
}
