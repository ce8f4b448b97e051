//! What a registration leaves behind.

use serde_json::json;
use uuid::Uuid;

use super::{Applicant, Authn, RegisterError, Registered};
use crate::authn::addressee;
use crate::authn::email_verification::VerificationMail;
use crate::authn::link::stranger;
use crate::delivery::{Addressee, Unsealable};
use crate::entropy::uuid_v7;
use crate::model::account::{Role, Roles};
use crate::model::email::Email;
use crate::model::notice::Notice;
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::store::account::{Account, NewAccount};
use crate::store::registration::{NewConsent, NewRegistration};
use crate::store::{StoreError, Trail};

/// The document that a registration can accept.
const TERMS: &str = "terms";

impl Authn {
    /// # Errors
    /// [`RegisterError::EmailTaken`] if there is an account at this address.
    pub(super) async fn write_account(
        &self,
        applicant: &Applicant,
        password_hash: String,
    ) -> Result<Registered, RegisterError> {
        let id = uuid_v7(self.entropy.as_ref(), self.clock.now());
        let new = self.registration(applicant, id, password_hash)?;
        let written = self.store.register(&new).await;
        settled(new, written)
    }

    /// In place of a registration that nobody has made good.
    ///
    /// # Errors
    /// [`RegisterError::EmailTaken`] if the account is more than that.
    pub(super) async fn write_over(
        &self,
        applicant: &Applicant,
        owner: &Account,
        password_hash: String,
    ) -> Result<Registered, RegisterError> {
        if !self.may_verify(owner) {
            return Err(RegisterError::EmailTaken);
        }
        let new = self.registration(applicant, owner.user.id, password_hash)?;
        let written = self.store.register_over(&new).await;
        settled(new, written)
    }

    fn registration(
        &self,
        applicant: &Applicant,
        id: Uuid,
        password_hash: String,
    ) -> Result<NewRegistration, RegisterError> {
        let account = self.new_account(applicant, id, password_hash);
        let mut trail = Trail { events: self.events(applicant, &account), ..Trail::default() };
        let verification = match applicant.invitation {
            None => {
                let mail = self.first_mail(applicant, &account)?;
                trail.messages.push(mail.message);
                Some(mail.token)
            }
            Some(_) => None,
        };
        Ok(NewRegistration {
            verification,
            invitation: applicant.invitation.as_ref().map(|invited| invited.hash),
            consent: self.consent(applicant),
            trail,
            account,
        })
    }

    fn new_account(&self, applicant: &Applicant, id: Uuid, password_hash: String) -> NewAccount {
        let now = self.clock.now();
        let invited = applicant.invitation.as_ref();
        NewAccount {
            id,
            email: applicant.email.clone(),
            display_name: applicant.display_name.clone(),
            locale: applicant.locale.clone(),
            roles: invited.map_or(Roles::of(&[Role::User]), |invited| invited.roles),
            // The invitation came by mail: whoever has its token reads the address's mails.
            email_verified: invited.is_some(),
            password_must_change: false,
            password_hash: Some(password_hash),
            at: now,
        }
    }

    /// Without the name that was typed: the address may be a stranger's.
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
        Ok(self.verification_mail(&to)?)
    }

    fn events(&self, applicant: &Applicant, account: &NewAccount) -> Vec<SecurityEvent> {
        let event = |kind| self.event(kind, applicant.origin.clone()).about(account.id).by(account.id);
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

    fn consent(&self, applicant: &Applicant) -> Option<NewConsent> {
        applicant.accepted_terms.as_ref().map(|version| NewConsent {
            id: uuid_v7(self.entropy.as_ref(), self.clock.now()),
            document: TERMS,
            version: version.clone(),
            network: applicant.network.clone(),
        })
    }

    /// The owner of a taken address learns of the attempt. Who has not verified it gets no link that would make
    /// an unknown password good: setting one of their own verifies it.
    /// What a registration would write is written and taken back with it: the time must not tell.
    pub(super) async fn tell_owner(
        &self,
        applicant: &Applicant,
        account: &Account,
        password_hash: String,
    ) -> Result<(), RegisterError> {
        let to = if account.email_verified { addressee(account) } else { stranger(account) };
        let notice = Notice::AddressTaken { reset_link: self.postbox.recovery_link() };
        let message = self.postbox.mail(&to, notice)?;
        let id = uuid_v7(self.entropy.as_ref(), self.clock.now());
        let mut feigned = self.registration(applicant, id, password_hash)?;
        feigned.account.email = Email::from_stored(format!("{id}@feigned.invalid"));
        Ok(self.store.feign_registration(&feigned, &Trail::default().telling(message)).await?)
    }
}

impl From<Unsealable> for RegisterError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
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
