//! Invitations: created, listed and revoked. They are accepted by registering.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Administration, Principal};
use crate::entropy::uuid_v7;
use crate::model::account::{Role, Roles};
use crate::model::authority::Denial;
use crate::model::email::Email;
use crate::model::mask;
use crate::model::notice::Notice;
use crate::model::one_time_token::Purpose;
use crate::model::security_event::EventKind;
use crate::notification::Addressee;
use crate::store::account::invitation::{
    InvitationOutcome, InvitationRecord, InvitationRevocationOutcome, NewInvitation,
};
use crate::store::database::keyset::{Listed, PageRequest};
use crate::store::{Effects, StoreError};

/// Why an invitation was not created or not revoked.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("an account with this address exists")]
    EmailTaken,
    #[error("another invitation of the address is being created")]
    Contested,
    #[error("there is no such invitation")]
    Unknown,
    #[error("the invitation was accepted")]
    Accepted,
    #[error("{0}")]
    Refused(Denial),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for InvitationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate => Self::Contested,
            other => Self::Store(other),
        }
    }
}

impl Administration {
    /// Invites an address by mail; an older invitation of it is revoked. The link works for
    /// `accounts.invitation_ttl` (ASVS 5.0 §6.4.1).
    ///
    /// # Errors
    /// [`InvitationError`]; then no invitation is created.
    pub async fn invite(
        &self,
        principal: &Principal,
        email: &str,
        roles: Roles,
    ) -> Result<InvitationRecord, InvitationError> {
        let roles = roles.with(Role::User);
        let email = Email::parse(email).map_err(|_| InvitationError::InvalidEmail)?;
        let to = Addressee { to: email.as_str().to_owned(), ..Addressee::default() };
        let link = self.composer.new_link(Purpose::AcceptInvitation, &to, self.invitation_ttl);
        let mut token = link.token;
        let new = NewInvitation {
            id: uuid_v7(self.entropy.as_ref(), token.at),
            email,
            roles,
            invited_by: principal.user_id(),
            at: token.at,
            expires_at: token.expires_at,
        };
        token.invitation_id = Some(new.id);
        let notice = Notice::Invitation {
            link: link.url,
            expires_in: link.expires_in,
            inviter: self.name_of(principal).await?,
            role: Some(roles.highest()),
        };
        let mail = self.composer.mail_until(&to, notice, token.expires_at)?;
        let detail = json!({
            "invitation": new.id,
            "email": mask::email(new.email.as_str()),
            "roles": roles.names(),
        });
        let effects = Effects::of(self.event(EventKind::InvitationCreated, principal, detail)).telling(mail);
        let effects = effects.by_session(principal.acting_session);
        match self.store.invite(&new, &token, &effects).await? {
            InvitationOutcome::Done => Ok(pending(new)),
            InvitationOutcome::AddressTaken => Err(InvitationError::EmailTaken),
            InvitationOutcome::Refused(refusal) => {
                self.refuse(principal, json!({ "operation": "invite", "roles": roles.names() }), refusal)
                    .await
            }
        }
    }

    /// A page of invitations.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn invitations(&self, window: PageRequest) -> Result<Listed<InvitationRecord>, StoreError> {
        self.store.invitations(window).await
    }

    /// Revokes an invitation. It may have been revoked before.
    ///
    /// # Errors
    /// [`InvitationError`].
    pub async fn revoke_invitation(&self, principal: &Principal, id: Uuid) -> Result<(), InvitationError> {
        let event = self.event(EventKind::InvitationRevoked, principal, json!({ "invitation": id }));
        let (principal_id, now) = (principal.user_id(), self.clock.now());
        let effects = Effects::of(event).by_session(principal.acting_session);
        match self.store.revoke_invitation(principal_id, id, now, &effects).await? {
            InvitationRevocationOutcome::Now | InvitationRevocationOutcome::Before => Ok(()),
            InvitationRevocationOutcome::Accepted => Err(InvitationError::Accepted),
            InvitationRevocationOutcome::Unknown => Err(InvitationError::Unknown),
            InvitationRevocationOutcome::Refused(refusal) => {
                self.refuse(principal, json!({ "operation": "revoke_invitation" }), refusal).await
            }
        }
    }

    /// The name by which mails mention the administrator who invites someone.
    pub(super) async fn name_of(&self, principal: &Principal) -> Result<Option<String>, StoreError> {
        let Some(id) = principal.user_id() else {
            return Ok(None);
        };
        Ok(self.store.account_record(id).await?.and_then(|record| record.display_name))
    }

    async fn refuse<T>(
        &self,
        principal: &Principal,
        denial: Value,
        refusal: Denial,
    ) -> Result<T, InvitationError> {
        self.record_denial(principal, denial).await?;
        Err(InvitationError::Refused(refusal))
    }
}

fn pending(new: NewInvitation) -> InvitationRecord {
    InvitationRecord {
        id: new.id,
        email: new.email.as_str().to_owned(),
        roles: new.roles,
        invited_by: new.invited_by,
        created_at: new.at,
        expires_at: new.expires_at,
        accepted_at: None,
        accepted_by: None,
        revoked_at: None,
    }
}
