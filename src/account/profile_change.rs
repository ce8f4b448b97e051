//! Changes that administrators make to the roles, the name, the address and the external id of an account.

use serde_json::json;
use uuid::Uuid;

use super::{Administration, AdministrationError, Principal};
use crate::model::account::{Role, Roles};
use crate::model::authority::{Deed, Permission};
use crate::model::device::plain_name;
use crate::model::email::Email;
use crate::model::external_id::ExternalId;
use crate::model::security_event::EventKind;
use crate::store::account::directory::AccountRecord;
use crate::store::account::edit::{Edit, Scene};
use crate::store::{Effects, StoreError};

/// A change of roles, name, address and external id. Absent members stay as they are.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// `user` is always among them.
    pub roles: Option<Roles>,
    /// `Some(None)` removes the name.
    pub display_name: Option<Option<String>>,
    pub email: Option<String>,
    /// `Some(None)` removes the id.
    pub external_id: Option<Option<ExternalId>>,
}

/// The values in the form in which they are stored.
struct Wanted {
    roles: Option<Roles>,
    display_name: Option<Option<String>>,
    external_id: Option<Option<String>>,
    email: Option<Email>,
}

impl Wanted {
    fn deeds(&self) -> Vec<Deed> {
        let updates_profile = self.display_name.is_some() || self.external_id.is_some();
        let deeds = [
            self.roles.map(Deed::ChangeRoles),
            updates_profile.then_some(Deed::UpdateProfile),
            self.email.is_some().then_some(Deed::ChangeEmail),
        ];
        deeds.into_iter().flatten().collect()
    }
}

impl Administration {
    /// Changes roles, name, address and external id; returns the changed account. The pending invitations of an account
    /// that may no longer invite are revoked.
    ///
    /// # Errors
    /// [`AdministrationError`]; then nothing has changed.
    pub async fn change(
        &self,
        principal: &Principal,
        target: Uuid,
        change: &ProfileChange,
    ) -> Result<AccountRecord, AdministrationError> {
        let name = change.display_name.as_ref();
        let external_id = change.external_id.clone();
        let email = change.email.as_deref().map(Email::parse).transpose();
        let wanted = Wanted {
            roles: change.roles.map(|roles| roles.with(Role::User)),
            display_name: name.map(|name| name.as_deref().and_then(plain_name)),
            external_id: external_id.map(|id| id.map(ExternalId::into_string)),
            email: email.map_err(|_| AdministrationError::InvalidEmail)?,
        };
        let deeds = wanted.deeds();
        let edit = |scene: &Scene| self.profile_edit(principal, &scene.target, &wanted);
        if let Err(error) = self.edit(principal, target, &deeds, edit).await {
            return Err(self.explained(error, target, change).await?);
        }
        self.store.account_record(target).await?.ok_or(AdministrationError::UnknownAccount)
    }

    /// What differs from the present state of the account, if anything does.
    fn profile_edit(
        &self,
        principal: &Principal,
        present: &AccountRecord,
        wanted: &Wanted,
    ) -> Result<Option<Edit>, StoreError> {
        let target = present.id;
        let roles = wanted.roles.filter(|roles| *roles != present.roles);
        let display_name = wanted.display_name.clone().filter(|name| *name != present.display_name);
        let external_id = wanted.external_id.clone().filter(|id| *id != present.external_id);
        let email = wanted.email.as_ref().filter(|email| email.as_str() != present.email);
        let mut effects = Effects::default();
        if let Some(roles) = roles {
            let detail = json!({ "from": present.roles.names(), "to": roles.names() });
            effects = effects.and(self.event(EventKind::RolesChanged, principal, detail).about(target));
        }
        let changed: Vec<&str> =
            [("display_name", display_name.is_some()), ("external_id", external_id.is_some())]
                .into_iter()
                .filter_map(|(member, is_changed)| is_changed.then_some(member))
                .collect();
        if !changed.is_empty() {
            let detail = json!({ "changed": changed });
            effects = effects.and(self.event(EventKind::AccountUpdated, principal, detail).about(target));
        }
        if let Some(new) = email {
            effects = self.with_new_address(effects, principal, present, new)?;
        }
        let is_change = roles.is_some() || !changed.is_empty() || email.is_some();
        Ok(is_change.then(|| Edit {
            roles,
            display_name,
            external_id,
            revoke_invitations: loses_invitations(present.roles, roles),
            email: email.cloned(),
            void_links: email.is_some(),
            effects,
            ..Edit::default()
        }))
    }

    /// Which value of the change another account has, if that is the error.
    async fn explained(
        &self,
        error: AdministrationError,
        target: Uuid,
        change: &ProfileChange,
    ) -> Result<AdministrationError, StoreError> {
        if !matches!(error, AdministrationError::Store(StoreError::Duplicate)) {
            return Ok(error);
        }
        let external_id = change.external_id.as_ref().and_then(Option::as_ref);
        let is_taken = self.is_taken(external_id, target).await?;
        Ok(if is_taken { AdministrationError::ExternalIdTaken } else { AdministrationError::EmailTaken })
    }
}

/// Whether the account may invite at present, and may no longer with the new roles.
fn loses_invitations(present: Roles, new: Option<Roles>) -> bool {
    let may_invite = |roles| Permission::Manage.is_granted_to(roles);
    may_invite(present) && new.is_some_and(|roles| !may_invite(roles))
}
