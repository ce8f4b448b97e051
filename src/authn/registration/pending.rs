//! Registrations that wait for the verification of their address: completed, declined, or replaced by a password that the
//! owner of the mailbox sets; and the answers to logins at their addresses.
//!
//! A link verifies the mailbox and not the password: the person who reads the mail need not be the one who registered.
//! Only the link and the password or secret of this registration together create the account.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::consent::terms_consent;
use super::verification::{EmailCredential, OwnPasswordError, VerifyEmailError};
use crate::authn::environment::FlowEnvironment;
use crate::authn::links::Links;
use crate::authn::new_password::{self, NewPasswordError};
use crate::authn::password::verification::PasswordVerificationError;
use crate::authn::password::verification::PasswordVerifier;
use crate::authn::session_opening::LoginError;
use crate::crypto::password::Verification;
use crate::model::account::{Role, Roles};
use crate::model::email::Email;
use crate::model::notice::Notice;
use crate::model::one_time_token::{OneTimeToken, Purpose, TokenHash};
use crate::model::opaque_token::{self, Use};
use crate::model::pending_registration::ClientNetwork;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::notification::{Addressee, NewLink};
use crate::secret::Secret;
use crate::store::account::NewAccount;
use crate::store::account::pending_registration::{AddressProof, Completion, Guesser, PendingRegistration};
use crate::store::{Effects, StoreError};

/// The context from which the link of a registration is derived.
const LINK: &str = "pending_registrations/link";

/// The part of the service that handles registrations which are not accounts yet.
pub(in crate::authn) struct PendingRegistrations {
    pub env: Arc<FlowEnvironment>,
    pub verifier: Arc<PasswordVerifier>,
    pub links: Arc<Links>,
}

impl PendingRegistrations {
    /// The link of a registration. It is always the same, so that it can be sent again without voiding the one that was
    /// delivered.
    pub fn link(&self, id: Uuid) -> OneTimeToken {
        OneTimeToken::of_row(&Secret::new(self.env.composer.master.pseudonym(LINK, id.as_bytes())))
    }

    /// Creates the account of a registration, by its link and a credential of the person who registered.
    pub async fn complete(
        &self,
        pending: PendingRegistration,
        credential: &EmailCredential,
        context: RequestContext,
    ) -> Result<Uuid, VerifyEmailError> {
        let by = match credential {
            EmailCredential::Password(password) => {
                let right = self.verify_password(&pending, Guesser::LinkHolder, password.expose()).await?;
                right.then_some("password")
            }
            EmailCredential::RegistrationSecret(secret) => {
                let hash = opaque_token::hash(Use::Registration, secret.expose());
                (hash == pending.secret).then_some("registration_secret")
            }
        };
        let by = by.ok_or(VerifyEmailError::InvalidCredentials)?;
        let account = NewAccount {
            display_name: pending.display_name.clone(),
            locale: pending.locale.clone(),
            ..self.new_account(pending.email.clone(), pending.password_hash.clone())
        };
        let mut effects = self.completion_effects(account.id, context.clone(), by);
        let consent =
            terms_consent(&self.env, pending.terms_version.clone(), pending.consent_network.clone());
        if let Some(consent) = &consent {
            let detail = json!({ "document": consent.document, "version": consent.version });
            effects =
                effects.and(self.about_itself(EventKind::ConsentGiven, account.id, context).with(detail));
        }
        let proof = AddressProof::Registration { id: pending.id, link: pending.link };
        let id = account.id;
        let completion = Completion { proof, account, consent, consent_at: pending.at, effects };
        let completed = self.env.store.complete_registration(&completion).await?;
        if completed { Ok(id) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// Creates an account for an address that a link has verified, with a password that the owner of the mailbox sets.
    /// Nothing of the registrations that wait goes into it. `None` if the link does not work.
    pub async fn complete_by_owner(
        &self,
        email: Email,
        proof: AddressProof,
        new_password: &Secret<String>,
        context: RequestContext,
    ) -> Result<Option<Uuid>, OwnPasswordError> {
        let hashing = &self.verifier.hashing;
        let checked = new_password::check_policy(hashing, new_password, &email, None).await?;
        let hash = hashing.hash(checked).await.map_err(NewPasswordError::from)?;
        let account = self.new_account(email, hash);
        let (id, consent_at) = (account.id, account.at);
        let effects = self.completion_effects(id, context, "new_password");
        let completion = Completion { proof, account, consent: None, consent_at, effects };
        Ok(self.env.store.complete_registration(&completion).await?.then_some(id))
    }

    fn new_account(&self, email: Email, password_hash: String) -> NewAccount {
        let at = self.env.now();
        NewAccount {
            id: self.env.new_id(),
            email,
            external_id: None,
            display_name: None,
            locale: None,
            roles: Roles::of(&[Role::User]),
            email_verified: true,
            password_must_change: false,
            password_hash: Some(password_hash),
            at,
        }
    }

    fn completion_effects(&self, user: Uuid, context: RequestContext, by: &'static str) -> Effects {
        let registered = self.about_itself(EventKind::AccountRegistered, user, context.clone());
        let verified = self.about_itself(EventKind::EmailVerified, user, context);
        Effects::of(registered).and(verified.with(json!({ "by": by })))
    }

    fn about_itself(&self, kind: EventKind, user: Uuid, context: RequestContext) -> SecurityEvent {
        self.env.event(kind, context).about(user).by(user)
    }

    /// The registration of an address that a login may mean. It is looked up whether the address has an account or not, so
    /// that the time of the answer does not tell.
    pub async fn find_for_login(
        &self,
        email: Option<&Email>,
        context: &RequestContext,
    ) -> Result<Option<PendingRegistration>, StoreError> {
        let Some(email) = email else { return Ok(None) };
        let network = ClientNetwork::of(context.address.as_deref());
        self.env.store.pending_registration_of(email, &network, self.env.now()).await
    }

    /// Answers a login at an address that has a registration and no account, with the same answers, hashes and writes as
    /// at an account whose address is not verified.
    pub async fn refuse_login(
        &self,
        pending: &PendingRegistration,
        address: &str,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<LoginError, LoginError> {
        let ticket = self.verifier.wait_for_turn(address).await?;
        let error = match self.verify_password(pending, Guesser::Anyone, password).await {
            Ok(true) => {
                ticket.withdraw();
                LoginError::NotVerified
            }
            Ok(false) => LoginError::InvalidCredentials,
            Err(error) => {
                ticket.withdraw();
                return Err(error.into());
            }
        };
        // There is no account that an event could be about.
        self.env.store.record_stranger(StrangerKind::LoginUnknown, &failure.context, failure.at).await?;
        Ok(error)
    }

    /// Verifies the password of a registration, as often as `throttle.password_failures` allows. Beyond that, the right one is
    /// answered like a wrong one, after the same hash.
    async fn verify_password(
        &self,
        pending: &PendingRegistration,
        guesser: Guesser,
        password: &str,
    ) -> Result<bool, PasswordVerificationError> {
        let max = self.verifier.limits.max_failures;
        let attempt = self.env.store.reserve_pending_attempt(pending.id, guesser, max).await?;
        let stored = attempt.map(|_| pending.password_hash.as_str());
        let compared = self.verifier.compare(password, stored).await;
        let Some(attempt) = attempt else {
            compared?;
            return Ok(false);
        };
        match compared {
            Ok(Verification::Match { .. }) => {
                self.env.store.settle_pending_attempt(attempt, false).await?;
                Ok(true)
            }
            Ok(Verification::Mismatch) => Ok(false),
            Err(error) => {
                self.env.store.settle_pending_attempt(attempt, true).await?;
                Err(error.into())
            }
        }
    }

    /// Sends the link of a registration once more. `false` if there is no registration.
    pub async fn resend(&self, email: &Email, event: SecurityEvent) -> Result<bool, StoreError> {
        let now = self.env.now();
        let network = ClientNetwork::of(event.context.address.as_deref());
        let Some(pending) = self.env.store.pending_registration_of(email, &network, now).await? else {
            return Ok(false);
        };
        let link = self.link(pending.id);
        let notice = Notice::VerifyEmail {
            link: self.env.composer.link(Purpose::VerifyEmail, &link),
            expires_in: pending.expires_at.since(now),
        };
        let to = mailbox_of(&pending);
        if !self.links.has_quota_for(&to, &notice).await? {
            return Ok(false);
        }
        let message = self.env.composer.mail_until(&to, notice, pending.expires_at)?;
        let effects = Effects::of(event.with(json!({ "sent": true }))).telling(message);
        self.env.store.send_pending_link(pending.id, link.hash(Purpose::VerifyEmail), &effects).await
    }

    /// Sends a link to set a password to an address that has registrations and no account. `false` if it has neither.
    pub async fn send_reset(&self, email: &Email, event: SecurityEvent) -> Result<bool, StoreError> {
        let network = ClientNetwork::of(event.context.address.as_deref());
        let pending = self.env.store.pending_registration_of(email, &network, self.env.now()).await?;
        let Some(pending) = pending else { return Ok(false) };
        let to = mailbox_of(&pending);
        let NewLink { token, url, expires_in } = self.links.new_link(Purpose::ResetPassword, &to);
        let notice = Notice::ResetPassword { link: url, expires_in };
        if !self.links.has_quota_for(&to, &notice).await? {
            return Ok(false);
        }
        let message = self.env.composer.mail_until(&to, notice, token.expires_at)?;
        let effects = Effects::of(event.with(json!({ "sent": true }))).telling(message);
        self.env.store.issue_address_link(email, &token, &effects).await
    }

    /// Drops the registration that a link belongs to.
    pub async fn decline(&self, link: TokenHash, context: RequestContext) -> Result<bool, StoreError> {
        let effects = Effects::of(self.env.event(EventKind::RegistrationDeclined, context));
        self.env.store.decline_registration(link, self.env.now(), &effects).await
    }
}

/// Leaves out the name that was typed, since someone else may have typed it.
fn mailbox_of(pending: &PendingRegistration) -> Addressee {
    Addressee {
        user_id: None,
        to: pending.email.as_str().to_owned(),
        display_name: None,
        locale: pending.locale.clone(),
        is_proven: false,
        time_zone: None,
        known_device: false,
    }
}
