//! Second factors that are lost: an administrator removes them all (ASVS 5.0 §6.5.6, §6.4.4).

use serde_json::json;
use uuid::Uuid;

use super::{Administration, AdministrationError, Agent};
use crate::model::authority::Deed;
use crate::model::notice::Notice;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::notification::Addressee;
use crate::store::Effects;
use crate::store::account::edit::Edit;

impl Administration {
    /// Removes all second factors of an account and ends its sessions. The password alone would open it from
    /// then on, so for `mfa.reset_cooldown` nobody can log in: its owner is told at once, and has that time to
    /// object. Where there is no second factor nothing happens.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn reset_mfa(&self, agent: &Agent, target: Uuid) -> Result<(), AdministrationError> {
        let account = self.store.account_by_id(target).await?.ok_or(AdministrationError::UnknownAccount)?;
        let now = self.clock.now();
        let usable_at = now.plus(self.mfa_reset_cooldown);
        let to = Addressee {
            user_id: Some(target),
            to: account.user.email,
            display_name: account.display_name,
            locale: account.locale,
            is_proven: account.email_verified,
            known_device: false,
        };
        let notice = Notice::FactorsReset { at: now, usable_at };
        let mail = self.composer.mail(&to, notice)?;
        self.edit(agent, target, &[Deed::ResetMfa], |scene| {
            let detail = json!({ "methods": scene.factors.methods(), "usable_at": usable_at.rfc3339() });
            let event = self.event(EventKind::FactorsReset, agent, detail).about(target);
            let ending = self.sessions.revocation_of(target, None, RevokeReason::FactorRemoved, true);
            let edit = Edit {
                reset_factors_until: Some(usable_at),
                ending: Some(ending),
                effects: Effects::of(event).telling(mail.clone()),
                ..Edit::default()
            };
            scene.factors.is_enrolled().then_some(edit)
        })
        .await?;
        Ok(())
    }
}
