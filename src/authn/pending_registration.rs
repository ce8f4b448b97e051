//! Registrations that wait for the proof of their address: completed, declined, replaced by a password of the
//! mailbox's owner; and what a login sees of them.
//!
//! A link proves the mailbox and not the password: the person who reads the mail need not be the one who registered.
//! Only both, the link and the password or secret of this registration, make the account.

use serde_json::json;
use uuid::Uuid;

use super::email_verification::{EmailProof, SendError, VerifyEmailError};
use super::{Authn, LoginError, NewPasswordError, ProofError};
use crate::crypto::password::Verification;
use crate::entropy::uuid_v7;
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

/// What a registration's link is derived for.
const LINK: &str = "pending_registrations/link";

impl Authn {
    /// The link of a registration: always the same one, so that it can be sent again without voiding what was
    /// delivered.
    pub(super) fn registration_link(&self, id: Uuid) -> OneTimeToken {
        OneTimeToken::of_row(&Secret::new(self.composer.master.pseudonym(LINK, id.as_bytes())))
    }

    /// Makes the account of a registration by its link and by what only the person who registered has.
    pub(super) async fn complete(
        &self,
        pending: PendingRegistration,
        proof: &EmailProof,
        context: RequestContext,
    ) -> Result<Uuid, VerifyEmailError> {
        let by = match proof {
            EmailProof::Password(password) => {
                let proven = self.prove_pending(&pending, Guesser::LinkHolder, password.expose()).await?;
                proven.then_some("password")
            }
            EmailProof::RegistrationSecret(secret) => {
                let hash = opaque_token::hash(Use::Registration, secret.expose());
                (hash == pending.secret).then_some("registration_secret")
            }
        };
        let by = by.ok_or(VerifyEmailError::InvalidCredentials)?;
        let account = NewAccount {
            display_name: pending.display_name.clone(),
            locale: pending.locale.clone(),
            ..self.proven_account(pending.email.clone(), pending.password_hash.clone())
        };
        let mut effects = self.completion_effects(account.id, context.clone(), by);
        let consent = self.terms_consent(pending.terms_version.clone(), pending.consent_network.clone());
        if let Some(consent) = &consent {
            let detail = json!({ "document": consent.document, "version": consent.version });
            effects =
                effects.and(self.about_itself(EventKind::ConsentGiven, account.id, context).with(detail));
        }
        let proof = AddressProof::Registration { id: pending.id, link: pending.link };
        let id = account.id;
        let completion = Completion { proof, account, consent, consent_at: pending.at, effects };
        let completed = self.store.complete_registration(&completion).await?;
        if completed { Ok(id) } else { Err(VerifyEmailError::TokenInvalid) }
    }

    /// Makes an account of an address that was proven by a link, with a password of the mailbox's owner. Nothing of
    /// the registrations that wait goes into it. `None` if the link does not work.
    pub(super) async fn complete_by_owner(
        &self,
        email: Email,
        proof: AddressProof,
        new_password: &Secret<String>,
        context: RequestContext,
    ) -> Result<Option<Uuid>, OwnPasswordError> {
        let judged = self.judge(new_password, &email, None).await?;
        let hash = self.passwords.hash(judged).await.map_err(NewPasswordError::from)?;
        let account = self.proven_account(email, hash);
        let (id, consent_at) = (account.id, account.at);
        let effects = self.completion_effects(id, context, "new_password");
        let completion = Completion { proof, account, consent: None, consent_at, effects };
        Ok(self.store.complete_registration(&completion).await?.then_some(id))
    }

    fn proven_account(&self, email: Email, password_hash: String) -> NewAccount {
        let at = self.clock.now();
        NewAccount {
            id: uuid_v7(self.entropy.as_ref(), at),
            email,
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
        self.event(kind, context).about(user).by(user)
    }

    /// The registration of an address without an account that a login may mean. The database is asked in every
    /// case, so that the time does not tell.
    pub(super) async fn pending_login(
        &self,
        email: Option<&Email>,
        context: &RequestContext,
    ) -> Result<Option<PendingRegistration>, StoreError> {
        let Some(email) = email else { return Ok(None) };
        let network = ClientNetwork::of(context.address.as_deref());
        self.store.pending_registration_of(email, &network, self.clock.now()).await
    }

    /// A login at an address that has a registration and no account: the same answers, hashes and writes as at an
    /// account whose address is not verified.
    pub(super) async fn refuse_pending_login(
        &self,
        pending: &PendingRegistration,
        address: &str,
        password: &str,
        failure: SecurityEvent,
    ) -> Result<LoginError, LoginError> {
        let ticket = self.login_delays.enter(address).await;
        let ticket = ticket.map_err(|delayed| ProofError::Delayed { retry_after: delayed.retry_after })?;
        let error = match self.prove_pending(pending, Guesser::Anyone, password).await {
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
        // There is no account that anything is proven of.
        self.store.record_stranger(StrangerKind::LoginUnknown, &failure.context, failure.at).await?;
        Ok(error)
    }

    /// Compares a password with a registration's, as often as `password.max_failures` allows. Beyond that, the right
    /// one is answered like a wrong one, after the same hash.
    async fn prove_pending(
        &self,
        pending: &PendingRegistration,
        guesser: Guesser,
        password: &str,
    ) -> Result<bool, ProofError> {
        let max = self.password_limits.max_failures;
        let attempt = self.store.reserve_pending_attempt(pending.id, guesser, max).await?;
        let stored = attempt.map(|_| pending.password_hash.as_str());
        let compared = self.compare(password, stored).await;
        let Some(attempt) = attempt else {
            compared?;
            return Ok(false);
        };
        match compared {
            Ok(Verification::Match { .. }) => {
                self.store.settle_pending_attempt(attempt, false).await?;
                Ok(true)
            }
            Ok(Verification::Mismatch) => Ok(false),
            Err(error) => {
                self.store.settle_pending_attempt(attempt, true).await?;
                Err(error.into())
            }
        }
    }

    /// Sends the link of a registration once more. `false` if there is none.
    pub(super) async fn resend_pending(
        &self,
        email: &Email,
        event: SecurityEvent,
    ) -> Result<bool, SendError> {
        let now = self.clock.now();
        let network = ClientNetwork::of(event.context.address.as_deref());
        let Some(pending) = self.store.pending_registration_of(email, &network, now).await? else {
            return Ok(false);
        };
        let link = self.registration_link(pending.id);
        let notice = Notice::VerifyEmail {
            link: self.composer.link(Purpose::VerifyEmail, &link),
            expires_in: pending.expires_at.since(now),
        };
        let to = mailbox_of(&pending);
        if !self.may_leave(&to, &notice).await? {
            return Ok(false);
        }
        let message = self.composer.mail_until(&to, notice, pending.expires_at)?;
        let effects = Effects::of(event.with(json!({ "sent": true }))).telling(message);
        Ok(self.store.send_pending_link(pending.id, link.hash(Purpose::VerifyEmail), &effects).await?)
    }

    /// Sends a link to set a password to an address that has registrations and no account. `false` if it has none.
    pub(super) async fn send_reset_to_pending(
        &self,
        email: &Email,
        event: SecurityEvent,
    ) -> Result<bool, SendError> {
        let network = ClientNetwork::of(event.context.address.as_deref());
        let pending = self.store.pending_registration_of(email, &network, self.clock.now()).await?;
        let Some(pending) = pending else { return Ok(false) };
        let to = mailbox_of(&pending);
        let link = self.new_link(Purpose::ResetPassword, &to);
        let expires_at = link.token.expires_at;
        let NewLink { token, url, expires_in } = link;
        let notice = Notice::ResetPassword { link: url, expires_in };
        if !self.may_leave(&to, &notice).await? {
            return Ok(false);
        }
        let message = self.composer.mail_until(&to, notice, expires_at)?;
        let effects = Effects::of(event.with(json!({ "sent": true }))).telling(message);
        Ok(self.store.issue_address_link(email, &token, &effects).await?)
    }

    /// Drops the registration whose link this is.
    pub(super) async fn decline_pending(
        &self,
        link: TokenHash,
        context: RequestContext,
    ) -> Result<bool, StoreError> {
        let effects = Effects::of(self.event(EventKind::RegistrationDeclined, context));
        self.store.decline_registration(link, self.clock.now(), &effects).await
    }
}

/// Why a password of the owner's own does not make an account.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnPasswordError {
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Without the name that was typed: someone else may have typed it.
fn mailbox_of(pending: &PendingRegistration) -> Addressee {
    Addressee {
        user_id: None,
        to: pending.email.as_str().to_owned(),
        display_name: None,
        locale: pending.locale.clone(),
        is_proven: false,
        known_device: false,
    }
}
