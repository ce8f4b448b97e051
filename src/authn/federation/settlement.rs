//! An identity finds its account, or makes it.

use serde_json::json;

use super::FederatedLogins;
use super::completion::{CompletionAnswers, Entrance, FederatedLoginError};
use crate::authn::addressee;
use crate::authn::registration::{TERMS, terms_consent};
use crate::authn::session_opening::LoginError;
use crate::config;
use crate::model::account::{Role, Roles};
use crate::model::assurance::Amr;
use crate::model::device::plain_name;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::linking::LoginDecision;
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::Addressee;
use crate::store::account::{Account, NewAccount};
use crate::store::federation::federation_use::FederationUse;
use crate::store::federation::identity::NewIdentity;
use crate::store::federation::identity_login::{
    IdentityLogin, IdentityLoginOutcome, IdentityRegistration, Settlement,
};
use crate::store::session::login::LoginClient;
use crate::store::{Effects, StoreError};

impl FederatedLogins {
    /// Spends the code of a login, or the nonce of a token, and finds or makes the account.
    pub(super) async fn settle(
        &self,
        identity: VerifiedIdentity,
        amr: Amr,
        code: FederationUse,
        answers: &CompletionAnswers,
        client: &LoginClient,
    ) -> Result<Entrance, FederatedLoginError> {
        let login = self.identity_login(&identity, code, answers, client);
        let compose = |settlement: &Settlement<'_>| self.effects(&login, settlement, &client.context);
        let settled = self.env.store.settle_identity(&login, compose).await?;
        let (user_id, identity_id) = match settled {
            IdentityLoginOutcome::Void => return Err(FederatedLoginError::Failed),
            IdentityLoginOutcome::Undecided(decision) => return Err(self.undecided(decision)),
            IdentityLoginOutcome::Account { user_id, identity_id, ended } => {
                self.sessions.note_revoked(&ended);
                (user_id, identity_id)
            }
        };
        let account = self.env.store.account_by_id(user_id).await?.ok_or(FederatedLoginError::Failed)?;
        Ok(Entrance { account, identity_id, identity, amr })
    }

    fn identity_login(
        &self,
        identity: &VerifiedIdentity,
        code: FederationUse,
        answers: &CompletionAnswers,
        client: &LoginClient,
    ) -> IdentityLogin {
        let at = self.env.now();
        IdentityLogin {
            identity: NewIdentity {
                id: self.env.new_id(),
                provider: identity.provider.clone(),
                subject: identity.subject.clone(),
                email: identity.email.as_ref().map(|told| told.address.clone()),
            },
            email: identity.email.clone(),
            code,
            registration: self.registration(identity, answers, client),
            tokens_since: at.minus(self.sessions.rules.longest_token_life),
            at,
        }
    }

    /// What is written if there is no account. Nothing may be if registration is not open, or the terms are not accepted.
    fn registration(
        &self,
        identity: &VerifiedIdentity,
        answers: &CompletionAnswers,
        client: &LoginClient,
    ) -> Option<IdentityRegistration> {
        let is_open = self.rules.registration == config::Registration::Open && self.has_terms(answers);
        let ToldEmail { address, .. } = identity.email.as_ref().filter(|told| told.is_proven && is_open)?;
        let accepted = self.rules.terms_version.clone();
        Some(IdentityRegistration {
            account: NewAccount {
                id: self.env.new_id(),
                email: address.clone(),
                external_id: None,
                display_name: identity.name.as_deref().and_then(plain_name),
                locale: answers.locale.clone(),
                roles: Roles::of(&[Role::User]),
                email_verified: true,
                password_must_change: false,
                password_hash: None,
                at: self.env.now(),
            },
            consent: terms_consent(&self.env, accepted, client.network.clone()),
        })
    }

    /// Whether the terms in force are accepted, if there are any.
    fn has_terms(&self, answers: &CompletionAnswers) -> bool {
        self.rules.terms_version.is_none() || self.rules.terms_version == answers.accepted_terms
    }

    fn undecided(&self, decision: LoginDecision) -> FederatedLoginError {
        match decision {
            LoginDecision::AskForAddress | LoginDecision::VerifyAddress => {
                FederatedLoginError::AddressMissing
            }
            LoginDecision::LogInFirst => FederatedLoginError::AccountExists,
            LoginDecision::NotActive => LoginError::NotActive.into(),
            // Registration is withheld from someone who has not accepted the terms.
            LoginDecision::RegistrationClosed if self.rules.registration == config::Registration::Open => {
                FederatedLoginError::TermsNotAccepted
            }
            LoginDecision::RegistrationClosed => FederatedLoginError::RegistrationClosed,
            // These lead to an account.
            LoginDecision::LogIn
            | LoginDecision::Link
            | LoginDecision::ProveAndLink
            | LoginDecision::Create => FederatedLoginError::Failed,
        }
    }

    /// The events and mails of what the transaction has decided.
    fn effects(
        &self,
        login: &IdentityLogin,
        settlement: &Settlement<'_>,
        context: &RequestContext,
    ) -> Result<Effects, StoreError> {
        match (settlement.decision, settlement.account, &login.registration) {
            (LoginDecision::Create, _, Some(registration)) => Ok(self.creation(login, registration, context)),
            (LoginDecision::Link, Some(account), _) => self.link_effects(login, account, context),
            (LoginDecision::ProveAndLink, Some(account), _) => {
                self.first_proof(login, account, settlement.removed, context)
            }
            _ => Ok(Effects::default()),
        }
    }

    fn creation(
        &self,
        login: &IdentityLogin,
        registration: &IdentityRegistration,
        context: &RequestContext,
    ) -> Effects {
        let id = registration.account.id;
        let event = |kind| self.env.event(kind, context.clone()).about(id).by(id);
        let provider = json!({ "provider": login.identity.provider });
        let effects = Effects::of(event(EventKind::AccountRegistered))
            .and(event(EventKind::IdentityLinked).with(provider));
        match &registration.consent {
            Some(consent) => {
                let detail = json!({ "document": TERMS, "version": consent.version });
                effects.and(event(EventKind::ConsentGiven).with(detail))
            }
            None => effects,
        }
    }

    fn link_effects(
        &self,
        login: &IdentityLogin,
        account: &Account,
        context: &RequestContext,
    ) -> Result<Effects, StoreError> {
        let event = self.env.event(EventKind::IdentityLinked, context.clone()).about(account.user.id);
        let event = event.with(json!({ "provider": login.identity.provider }));
        let provider = self.providers.display_name(&login.identity.provider);
        let notice = Notice::IdentityLinked { provider, at: login.at, place: Place::of(context) };
        let mail = self.env.composer.mail(&addressee::owner(account), notice)?;
        Ok(Effects::of(event).telling(mail))
    }

    /// The owner of the address has come for the first time. The person who opened the account may be someone else.
    fn first_proof(
        &self,
        login: &IdentityLogin,
        account: &Account,
        removed: Option<&[&'static str]>,
        context: &RequestContext,
    ) -> Result<Effects, StoreError> {
        let event = |kind| self.env.event(kind, context.clone()).about(account.user.id);
        let linked = event(EventKind::IdentityLinked).with(json!({ "provider": login.identity.provider }));
        let effects = Effects::of(event(EventKind::EmailVerified)).and(linked);
        let Some(removed) = removed else { return Ok(effects) };
        let reclaimed = event(EventKind::AccountReclaimed).with(json!({ "removed": removed }));
        // The provider has shown that the mailbox is read.
        let to = Addressee { is_proven: true, ..addressee::stranger(account) };
        let notice = Notice::AccountReclaimed { at: login.at, place: Place::of(context) };
        Ok(effects.and(reclaimed).telling(self.env.composer.mail(&to, notice)?))
    }
}
