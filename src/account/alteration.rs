//! What administrators change about an account that is there, and the sessions they end.
//!
//! Each judgement is made inside the transaction, with the rows it rests on locked: a right that was lost
//! a moment ago does not count any more, and of two administrators who remove each other one remains.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Administration, AdministrationError, Agent};
use crate::model::account::{Role, Roles, Status};
use crate::model::authority::{Deed, Denial, Permission, judge};
use crate::model::device::plain_name;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::session::message::RevokeError;
use crate::store::account::directory::AccountRecord;
use crate::store::account::edit::{Edit, Edited, Parties, Scene};
use crate::store::session::family::SessionOverview;
use crate::store::session::family_write::{Authority, RevocationRefusal};
use crate::store::{Effects, StoreError};

/// What is to be changed of what an account is like; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// `user` is always among them.
    pub roles: Option<Roles>,
    /// `Some(None)` takes the name away.
    pub display_name: Option<Option<String>>,
}

impl Administration {
    /// Changes roles and names; gives back the account as it is then. Whoever may not invite any more has
    /// their pending invitations revoked.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn change(
        &self,
        agent: &Agent,
        target: Uuid,
        change: &ProfileChange,
    ) -> Result<AccountRecord, AdministrationError> {
        let roles = change.roles.map(|roles| roles.with(Role::User));
        let name = change.display_name.as_ref().map(|name| name.as_deref().and_then(plain_name));
        let deeds = [roles.map(Deed::ChangeRoles), name.is_some().then_some(Deed::UpdateProfile)];
        let deeds: Vec<Deed> = deeds.into_iter().flatten().collect();
        self.edit(agent, target, &deeds, |scene| {
            let roles = roles.filter(|roles| *roles != scene.target.roles);
            let display_name = name.clone().filter(|name| *name != scene.target.display_name);
            let mut effects = Effects::default();
            if let Some(roles) = roles {
                let detail = json!({ "from": scene.target.roles.names(), "to": roles.names() });
                effects = effects.and(self.event(EventKind::RolesChanged, agent, detail).about(target));
            }
            if display_name.is_some() {
                let detail = json!({ "changed": ["display_name"] });
                effects = effects.and(self.event(EventKind::AccountUpdated, agent, detail).about(target));
            }
            let is_change = roles.is_some() || display_name.is_some();
            let may_invite = |roles| Permission::Manage.is_granted_to(roles);
            let revoke_invitations =
                may_invite(scene.target.roles) && roles.is_some_and(|roles| !may_invite(roles));
            is_change.then(|| Edit { roles, display_name, revoke_invitations, effects, ..Edit::default() })
        })
        .await?;
        self.store.account_record(target).await?.ok_or(AdministrationError::UnknownAccount)
    }

    /// Keeps an account from acting: it cannot log in, its sessions end at once, logins under way fail, and
    /// the links in its mails are void, as are the invitations it has made.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn disable(&self, agent: &Agent, target: Uuid) -> Result<(), AdministrationError> {
        self.edit(agent, target, &[Deed::Disable], |scene| {
            let effects = Effects::of(self.event(EventKind::AccountDisabled, agent, json!({})).about(target));
            let ending = self.sessions.revocation_of(target, None, RevokeReason::AccountDisabled, true);
            let status = Some(Status::Disabled);
            let edit = Edit {
                status,
                void_links: true,
                revoke_invitations: true,
                ending: Some(ending),
                effects,
                ..Edit::default()
            };
            (scene.target.status != Status::Disabled).then_some(edit)
        })
        .await?;
        Ok(())
    }

    /// Lets a disabled account act again. Its sessions and links stay what they are: over.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn enable(&self, agent: &Agent, target: Uuid) -> Result<(), AdministrationError> {
        self.edit(agent, target, &[Deed::Enable], |scene| {
            let effects = Effects::of(self.event(EventKind::AccountEnabled, agent, json!({})).about(target));
            let edit = Edit { status: Some(Status::Active), effects, ..Edit::default() };
            (scene.target.status != Status::Active).then_some(edit)
        })
        .await?;
        Ok(())
    }

    /// Forgets an account's wrong passwords and second factors, and lifts the locks they led to.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn unlock(&self, agent: &Agent, target: Uuid) -> Result<(), AdministrationError> {
        self.edit(agent, target, &[Deed::Unlock], |scene| {
            let effects = Effects::of(self.event(EventKind::AccountUnlocked, agent, json!({})).about(target));
            let edit = Edit { unlock: true, effects, ..Edit::default() };
            let is_locked = scene.target.locked_at.is_some()
                || scene.target.known_locked_at.is_some()
                || scene.target.failures > 0
                || scene.has_device_failures;
            (is_locked || scene.has_factor_failures).then_some(edit)
        })
        .await?;
        Ok(())
    }

    /// Ends an account's sessions; the next ones can do nothing but change the password.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn require_password_change(
        &self,
        agent: &Agent,
        target: Uuid,
    ) -> Result<(), AdministrationError> {
        self.edit(agent, target, &[Deed::RequirePasswordChange], |_| {
            let event = self.event(EventKind::PasswordChangeRequired, agent, json!({})).about(target);
            let ending = self.sessions.revocation_of(target, None, RevokeReason::EndedByAdmin, true);
            let effects = Effects::of(event);
            Some(Edit { password_must_change: true, ending: Some(ending), effects, ..Edit::default() })
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

    /// Ends all sessions of an account, and logins under way; gives back how many there were.
    ///
    /// # Errors
    /// [`AdministrationError`]; then none has ended.
    pub async fn end_sessions(&self, agent: &Agent, target: Uuid) -> Result<usize, AdministrationError> {
        self.edit(agent, target, &[Deed::EndSessions], |_| {
            let reason = RevokeReason::EndedByAdmin;
            let detail = json!({ "reason": reason.as_str() });
            let effects = Effects::of(self.event(EventKind::SessionsEnded, agent, detail).about(target));
            let ending = Some(self.sessions.revocation_of(target, None, reason, true));
            Some(Edit { ending, effects, ..Edit::default() })
        })
        .await
    }

    /// Revokes one session of an account. It may have been revoked before.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn end_session(
        &self,
        agent: &Agent,
        target: Uuid,
        family: Uuid,
    ) -> Result<(), AdministrationError> {
        let authority = Authority::Administration {
            principal_id: agent.user_id,
            acting_session: agent.acting_session(),
            owner: target,
        };
        match self.sessions.revoke_for(authority, family, agent.context.clone()).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(AdministrationError::UnknownSession),
            Err(RevokeError::Session(error)) => Err(error.into()),
            Err(RevokeError::Refused(refusal)) => match refusal {
                RevocationRefusal::UnknownAccount => Err(AdministrationError::UnknownAccount),
                RevocationRefusal::ActingSessionRevoked => Err(StoreError::SessionEnded.into()),
                RevocationRefusal::Denied(denial) => {
                    self.deny(agent, target, Deed::EndSessions, denial).await
                }
            },
        }
    }

    /// Judges, writes and enforces; gives back how many sessions have ended. `edit` says what there is to
    /// be done, if the deeds are allowed.
    pub(super) async fn edit(
        &self,
        agent: &Agent,
        target: Uuid,
        deeds: &[Deed],
        edit: impl Fn(&Scene) -> Option<Edit>,
    ) -> Result<usize, AdministrationError> {
        let unmakes_admin = deeds.iter().any(|deed| deed.unmakes_admin());
        let parties = Parties {
            actor: agent.user_id,
            session: agent.session_id,
            target,
            unmakes_admin,
            at: self.clock.now(),
        };
        let edited = self.store.edit_account(parties, |scene| {
            for deed in deeds {
                judge(scene.actor, *deed, scene.target.standing(), scene.is_last_admin)
                    .map_err(|refusal| (*deed, refusal))?;
            }
            Ok(edit(scene))
        });
        match edited.await? {
            Edited::Unknown => Err(AdministrationError::UnknownAccount),
            Edited::Refused((deed, refusal)) => self.deny(agent, target, deed, refusal).await,
            Edited::Unchanged => Ok(0),
            Edited::Done(ended) => {
                self.sessions.note_revoked(&ended);
                Ok(ended.len())
            }
        }
    }

    /// What is merely impossible is no attempt to be recorded.
    async fn deny<T>(
        &self,
        agent: &Agent,
        target: Uuid,
        deed: Deed,
        refusal: Denial,
    ) -> Result<T, AdministrationError> {
        if !refusal.is_conflict() {
            self.record_denial(agent, denial(deed, target)).await?;
        }
        Err(AdministrationError::Refused(refusal))
    }
}

fn denial(deed: Deed, target: Uuid) -> Value {
    json!({ "operation": deed.as_str(), "target": target })
}
