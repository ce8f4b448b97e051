//! The account that a registration creates.

use serde_json::json;
use uuid::Uuid;

use super::consent::{TERMS, terms_consent};
use super::{Applicant, RegisterError, Registered, Registration};
use crate::authn::links::VerificationMail;
use crate::model::account::{Role, Roles};
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::notification::Addressee;
use crate::store::account::NewAccount;
use crate::store::account::registration::NewRegistration;
use crate::store::{Effects, StoreError};

impl Registration {
    /// # Errors
    /// [`RegisterError::EmailTaken`] if there is an account at this address.
    pub(super) async fn write_account(
        &self,
        applicant: &Applicant,
        password_hash: String,
    ) -> Result<Registered, RegisterError> {
        let id = self.env.new_id();
        let new = self.registration(applicant, id, password_hash)?;
        let written = self.env.store.register(&new).await;
        settled(new, written)
    }

    fn registration(
        &self,
        applicant: &Applicant,
        id: Uuid,
        password_hash: String,
    ) -> Result<NewRegistration, RegisterError> {
        let account = self.new_account(applicant, id, password_hash);
        let mut effects = Effects { events: self.events(applicant, &account), ..Effects::default() };
        let verification = match applicant.invitation {
            None => {
                let mail = self.first_mail(applicant, &account)?;
                effects.messages.push(mail.message);
                Some(mail.token)
            }
            Some(_) => None,
        };
        Ok(NewRegistration {
            verification,
            invitation: applicant.invitation.as_ref().map(|invited| invited.hash),
            consent: terms_consent(&self.env, applicant.accepted_terms.clone(), applicant.network.clone()),
            effects,
            account,
        })
    }

    fn new_account(&self, applicant: &Applicant, id: Uuid, password_hash: String) -> NewAccount {
        let now = self.env.now();
        let invited = applicant.invitation.as_ref();
        NewAccount {
            id,
            email: applicant.email.clone(),
            external_id: None,
            display_name: applicant.display_name.clone(),
            locale: applicant.locale.clone(),
            roles: invited.map_or(Roles::of(&[Role::User]), |invited| invited.roles),
            // The invitation was sent to the address: someone who has its token reads the mails of the address.
            email_verified: invited.is_some(),
            password_must_change: false,
            password_hash: Some(password_hash),
            at: now,
        }
    }

    /// Leaves out the name that was typed, since the address may be that of a stranger.
    fn first_mail(
        &self,
        applicant: &Applicant,
        account: &NewAccount,
    ) -> Result<VerificationMail, RegisterError> {
        let to = Addressee {
            user_id: Some(account.id),
            to: account.email.as_str().to_owned(),
            display_name: None,
            locale: applicant.locale.clone(),
            ..Addressee::default()
        };
        Ok(self.links.verification_mail(&to)?)
    }

    fn events(&self, applicant: &Applicant, account: &NewAccount) -> Vec<SecurityEvent> {
        let event = |kind| self.env.event(kind, applicant.context.clone()).about(account.id).by(account.id);
        let mut events = vec![event(EventKind::AccountRegistered)];
        if let Some(invited) = &applicant.invitation {
            let detail = json!({ "invitation_id": invited.id, "roles": invited.roles.names() });
            events.push(event(EventKind::InvitationAccepted).with(detail));
        }
        if let Some(version) = &applicant.accepted_terms {
            let detail = json!({ "document": TERMS, "version": version });
            events.push(event(EventKind::ConsentGiven).with(detail));
        }
        events
    }
}

fn settled(new: NewRegistration, written: Result<bool, StoreError>) -> Result<Registered, RegisterError> {
    match written {
        Ok(true) => Ok(registered(new.account)),
        Ok(false) => Err(RegisterError::InvitationInvalid),
        Err(StoreError::Duplicate) => Err(RegisterError::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

fn registered(account: NewAccount) -> Registered {
    Registered {
        id: account.id,
        email: account.email.as_str().to_owned(),
        display_name: account.display_name,
        roles: account.roles,
        created_at: account.at,
    }
}
