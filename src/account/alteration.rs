//! Changes that administrators make to the state of existing accounts, and the revocation of their sessions.
//!
//! Each decision is made inside the transaction, with the rows that it depends on locked: a right that was lost a moment
//! ago no longer counts, and of two administrators who remove each other one remains.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Administration, AdministrationError, Principal};
use crate::model::account::Status;
use crate::model::authority::{Deed, Denial, judge};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::model::stated_reason::StatedReason;
use crate::session::message::RevokeError;
use crate::store::account::edit::{Edit, EditOutcome, EditRequest, Scene};
use crate::store::session::family::SessionOverview;
use crate::store::session::family_write::{Authority, RevocationRefusal};
use crate::store::{Effects, StoreError};

impl Administration {
    /// Disables an account: it cannot log in, its sessions are revoked at once, logins in progress fail, and the links in
    /// its mails and the invitations that it has created become void.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn disable(
        &self,
        principal: &Principal,
        target: Uuid,
        reason: Option<&StatedReason>,
    ) -> Result<(), AdministrationError> {
        self.edit(principal, target, &[Deed::Disable], |scene| {
            let effects =
                Effects::of(self.event_for(EventKind::AccountDisabled, principal, reason).about(target));
            let revocation = self.sessions.revocation_of(target, None, RevokeReason::AccountDisabled, true);
            let status = Some(Status::Disabled);
            let edit = Edit {
                status,
                void_links: true,
                revoke_invitations: true,
                revocation: Some(revocation),
                effects,
                ..Edit::default()
            };
            Ok((scene.target.status != Status::Disabled).then_some(edit))
        })
        .await?;
        Ok(())
    }

    /// Records that an account is to be erased now, and revokes its sessions and its pending invitations. It may have been
    /// about to be erased later.
    pub(super) async fn order_erasure(
        &self,
        principal: &Principal,
        target: Uuid,
    ) -> Result<(), AdministrationError> {
        let erase_at = self.clock.now();
        self.edit(principal, target, &[Deed::Erase], |_| {
            let detail = json!({ "erase_at": erase_at.rfc3339() });
            let event = self.event(EventKind::ErasureRequested, principal, detail).about(target);
            Ok(Some(Edit {
                erase_at: Some(erase_at),
                void_links: true,
                revoke_invitations: true,
                revocation: Some(self.sessions.revocation_of(target, None, RevokeReason::Erasure, true)),
                effects: Effects::of(event),
                ..Edit::default()
            }))
        })
        .await?;
        Ok(())
    }

    /// Enables a disabled account again. Its sessions stay revoked and its links void.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn enable(
        &self,
        principal: &Principal,
        target: Uuid,
        reason: Option<&StatedReason>,
    ) -> Result<(), AdministrationError> {
        self.edit(principal, target, &[Deed::Enable], |scene| {
            let effects =
                Effects::of(self.event_for(EventKind::AccountEnabled, principal, reason).about(target));
            let edit = Edit { status: Some(Status::Active), effects, ..Edit::default() };
            Ok((scene.target.status != Status::Active).then_some(edit))
        })
        .await?;
        Ok(())
    }

    /// Resets the counts of wrong passwords and second factors of an account, and removes the locks that they led to.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn unlock(
        &self,
        principal: &Principal,
        target: Uuid,
        reason: Option<&StatedReason>,
    ) -> Result<(), AdministrationError> {
        self.edit(principal, target, &[Deed::Unlock], |scene| {
            let effects =
                Effects::of(self.event_for(EventKind::AccountUnlocked, principal, reason).about(target));
            let edit = Edit { unlock: true, effects, ..Edit::default() };
            let is_locked = scene.target.locked_at.is_some()
                || scene.target.known_locked_at.is_some()
                || scene.target.failures > 0
                || scene.has_device_failures;
            Ok((is_locked || scene.has_factor_failures).then_some(edit))
        })
        .await?;
        Ok(())
    }

    /// Revokes the sessions of an account. The next ones can do nothing but change the password.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn require_password_change(
        &self,
        principal: &Principal,
        target: Uuid,
        reason: Option<&StatedReason>,
    ) -> Result<(), AdministrationError> {
        self.edit(principal, target, &[Deed::RequirePasswordChange], |_| {
            let event = self.event_for(EventKind::PasswordChangeRequired, principal, reason).about(target);
            let revocation = self.sessions.revocation_of(target, None, RevokeReason::EndedByAdmin, true);
            let effects = Effects::of(event);
            Ok(Some(Edit {
                password_must_change: true,
                revocation: Some(revocation),
                effects,
                ..Edit::default()
            }))
        })
        .await?;
        Ok(())
    }

    /// An account's live sessions.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn sessions_of(&self, target: Uuid) -> Result<Vec<SessionOverview>, AdministrationError> {
        if self.store.standing(target).await?.is_none() {
            return Err(AdministrationError::UnknownAccount);
        }
        Ok(self.sessions.list(target).await?)
    }

    /// Revokes all sessions of an account and its logins in progress; returns how many sessions there were.
    ///
    /// # Errors
    /// [`AdministrationError`]; then no session was revoked.
    pub async fn revoke_sessions(
        &self,
        principal: &Principal,
        target: Uuid,
    ) -> Result<usize, AdministrationError> {
        self.edit(principal, target, &[Deed::EndSessions], |_| {
            let reason = RevokeReason::EndedByAdmin;
            let detail = json!({ "reason": reason.as_str() });
            let effects = Effects::of(self.event(EventKind::SessionsEnded, principal, detail).about(target));
            let revocation = Some(self.sessions.revocation_of(target, None, reason, true));
            Ok(Some(Edit { revocation, effects, ..Edit::default() }))
        })
        .await
    }

    /// Revokes one session of an account. It may have been revoked before.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        target: Uuid,
        family: Uuid,
    ) -> Result<(), AdministrationError> {
        let authority = Authority::Administration { acting_session: principal.acting_session, owner: target };
        match self.sessions.revoke_for(authority, family, principal.context.clone()).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(AdministrationError::UnknownSession),
            Err(RevokeError::Session(error)) => Err(error.into()),
            Err(RevokeError::Refused(refusal)) => match refusal {
                RevocationRefusal::UnknownAccount => Err(AdministrationError::UnknownAccount),
                RevocationRefusal::ActingSessionRevoked => Err(StoreError::SessionEnded.into()),
                RevocationRefusal::Denied(denial) => {
                    self.deny(principal, target, Deed::EndSessions, denial).await
                }
            },
        }
    }

    /// Judges, writes and enforces; returns how many sessions have ended. `edit` says what there is to
    /// be done, if the deeds are allowed.
    pub(super) async fn edit(
        &self,
        principal: &Principal,
        target: Uuid,
        deeds: &[Deed],
        edit: impl Fn(&Scene) -> Result<Option<Edit>, StoreError>,
    ) -> Result<usize, AdministrationError> {
        let unmakes_admin = deeds.iter().any(|deed| deed.unmakes_admin());
        let request = EditRequest {
            acting_session: principal.acting_session,
            target,
            unmakes_admin,
            at: self.clock.now(),
        };
        let edited = self.store.edit_account(request, |scene| {
            for deed in deeds {
                if let Err(refusal) =
                    judge(scene.principal, *deed, scene.target.standing(), scene.is_last_admin)
                {
                    return Ok(Err((*deed, refusal)));
                }
            }
            edit(scene).map(Ok)
        });
        match edited.await? {
            EditOutcome::Unknown => Err(AdministrationError::UnknownAccount),
            EditOutcome::Refused((deed, refusal)) => self.deny(principal, target, deed, refusal).await,
            EditOutcome::Unchanged => Ok(0),
            EditOutcome::Done(ended) => {
                self.sessions.note_revoked(&ended);
                Ok(ended.len())
            }
        }
    }

    /// Records a denied attempt. A conflict with the present state is not one.
    async fn deny<T>(
        &self,
        principal: &Principal,
        target: Uuid,
        deed: Deed,
        refusal: Denial,
    ) -> Result<T, AdministrationError> {
        if !refusal.is_conflict() {
            self.record_denial(principal, denial(deed, target)).await?;
        }
        Err(AdministrationError::Refused(refusal))
    }
}

fn denial(deed: Deed, target: Uuid) -> Value {
    json!({ "operation": deed.as_str(), "target": target })
}
