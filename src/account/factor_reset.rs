//! The reset of lost second factors by an administrator (ASVS 5.0 §6.5.6, §6.4.4).

use serde_json::json;
use uuid::Uuid;

use super::addressee::owner;
use super::administration::with_reason;
use super::{Administration, AdministrationError, Principal};
use crate::model::authority::Deed;
use crate::model::notice::Notice;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::model::stated_reason::StatedReason;
use crate::store::Effects;
use crate::store::account::edit::Edit;

impl Administration {
    /// Removes all second factors of an account and revokes its sessions. From then on the password alone would open the
    /// account, so logins are refused for `mfa.reset_cooldown`: its owner gets a mail at once, and has that time to object.
    /// Nothing happens if the account has no second factor.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn reset_mfa(
        &self,
        principal: &Principal,
        target: Uuid,
        reason: Option<&StatedReason>,
    ) -> Result<(), AdministrationError> {
        let now = self.clock.now();
        let usable_at = now.plus(self.mfa_reset_cooldown);
        self.edit(principal, target, &[Deed::ResetMfa], |scene| {
            if !scene.factors.is_enrolled() {
                return Ok(None);
            }
            let mail =
                self.composer.mail(&owner(&scene.target), Notice::FactorsReset { at: now, usable_at })?;
            let detail = json!({ "methods": scene.factors.methods(), "usable_at": usable_at.rfc3339() });
            let detail = with_reason(detail, reason);
            let event = self.event(EventKind::FactorsReset, principal, detail).about(target);
            let revocation = self.sessions.revocation_of(target, None, RevokeReason::FactorRemoved, true);
            Ok(Some(Edit {
                reset_factors_until: Some(usable_at),
                revocation: Some(revocation),
                effects: Effects::of(event).telling(mail),
                ..Edit::default()
            }))
        })
        .await?;
        Ok(())
    }
}
