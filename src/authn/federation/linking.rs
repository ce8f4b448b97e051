//! The owner of a session links an identity.

use serde_json::json;

use super::FederatedLogins;
use crate::authn::addressee;
use crate::authn::login_codes::{PresentedCode, use_of};
use crate::model::federation::login_state::{LoginCode, LoginPurpose};
use crate::model::notice::{Notice, Place};
use crate::model::principal::Principal;
use crate::model::security_event::EventKind;
use crate::store::account::Account;
use crate::store::federation::identity::{IdentityLink, IdentityLinkOutcome, NewIdentity};
use crate::store::{Effects, StoreError};

/// Why an identity is not linked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityLinkError {
    /// The code does not count, or not for this session: someone else may have begun.
    #[error("the login with the provider does not count")]
    Failed,
    /// Told only to someone who has just authenticated as the identity.
    #[error("another account has the identity")]
    OfAnotherAccount,
    #[error("the address of the account is not verified")]
    AddressUnverified,
    #[error("the account has as many identities as it may have")]
    TooMany,
    /// The account is gone or no longer active, or the session was revoked.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FederatedLogins {
    /// Links the identity that a code is about to the account of the session in which the linking was asked for. The owner gets
    /// a mail.
    ///
    /// # Errors
    /// [`IdentityLinkError`]; then nothing has changed.
    pub async fn link(
        &self,
        principal: &Principal,
        presented: &PresentedCode,
    ) -> Result<(), IdentityLinkError> {
        let own = LoginPurpose::Link(principal.acting_session);
        let opened = self.codes.open(presented).filter(|(code, _)| code.purpose == own);
        let (code, _) = opened.ok_or(IdentityLinkError::Failed)?;
        let account = self.env.acting_account(principal.acting_session).await?;
        let account = account.ok_or(IdentityLinkError::NoAccount)?;
        let link = self.identity_link(&code, &account, principal)?;
        match self.env.store.link_identity(&link).await? {
            IdentityLinkOutcome::Linked | IdentityLinkOutcome::AlreadyLinked => Ok(()),
            IdentityLinkOutcome::OfAnotherAccount => Err(IdentityLinkError::OfAnotherAccount),
            IdentityLinkOutcome::AddressUnverified => Err(IdentityLinkError::AddressUnverified),
            IdentityLinkOutcome::TooMany => Err(IdentityLinkError::TooMany),
            IdentityLinkOutcome::CodeSpent => Err(IdentityLinkError::Failed),
            IdentityLinkOutcome::NotActive => Err(IdentityLinkError::NoAccount),
        }
    }

    fn identity_link(
        &self,
        code: &LoginCode,
        account: &Account,
        principal: &Principal,
    ) -> Result<IdentityLink, StoreError> {
        let identity = &code.identity;
        let provider = identity.provider.clone();
        let event = self.env.event_by(principal, EventKind::IdentityLinked);
        let event = event.with(json!({ "provider": provider }));
        let (at, shown) = (event.at, self.providers.display_name(&provider));
        let notice = Notice::IdentityLinked { provider: shown, at, place: Place::of(&principal.context) };
        let mail = self.env.composer.mail(&addressee::owner(account), notice)?;
        Ok(IdentityLink {
            identity: NewIdentity {
                id: self.env.new_id(),
                provider,
                subject: identity.subject.clone(),
                email: identity.email.as_ref().map(|told| told.address.clone()),
            },
            acting_session: principal.acting_session,
            code: use_of(code),
            at,
            effects: Effects::of(event).telling(mail),
        })
    }
}
