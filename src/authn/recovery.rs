//! Recovery of an account whose password is forgotten, or was set by someone else: a link, and the new password that it
//! sets.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::addressee;
use super::devices::Devices;
use super::environment::FlowEnvironment;
use super::links::{Followed, LinkRequestError, Links, Requested};
use super::mfa::factor_verification::FactorVerifier;
use super::mfa::{FactorError, PresentedFactor, VerifiedFactor};
use super::new_password::{self, NewPasswordError};
use super::registration::{OwnPasswordError, PendingRegistrations, VerifyEmailError};
use crate::crypto::password::PasswordPool;
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::factor::{Factor, Factors, Flow, FlowPurpose};
use crate::model::notice::{Notice, Place};
use crate::model::one_time_token::{self, Purpose};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::notification::Addressee;
use crate::notification::quota::Quotas;
use crate::secret::Secret;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::account::pending_registration::AddressProof;
use crate::store::credential::password::{PasswordReset, ResetOutcome};
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::FactorOutcome;

/// The factors that a reset accepts: those that need no challenge first.
const BY_CODE: [Factor; 2] = [Factor::Totp, Factor::BackupCode];

/// What the client sent.
#[derive(Debug)]
pub struct ResetRequest {
    pub token: Secret<String>,
    pub new_password: Secret<String>,
    /// The second factor, if one was sent along.
    pub second_factor: Option<PresentedFactor>,
    pub context: RequestContext,
}

/// Why the password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    #[error("the link does not work")]
    TokenInvalid,
    /// A factor that cannot be verified is not ignored.
    #[error("the account has no second factor")]
    NoSecondFactor,
    /// One of these must be sent along (`mfa.reset_requires_factor`). There are none if the account has only factors that
    /// need a challenge.
    #[error("a second factor is required")]
    SecondFactorRequired { methods: Vec<&'static str> },
    #[error(transparent)]
    Factor(#[from] FactorError),
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OwnPasswordError> for ResetError {
    fn from(error: OwnPasswordError) -> Self {
        match error {
            OwnPasswordError::Password(error) => Self::Password(error),
            OwnPasswordError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ResetError> for VerifyEmailError {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::Password(error) => Self::Password(error),
            ResetError::Store(error) => Self::Store(error),
            // No factor is asked for before the address is verified.
            ResetError::TokenInvalid
            | ResetError::NoSecondFactor
            | ResetError::SecondFactorRequired { .. }
            | ResetError::Factor(_) => Self::TokenInvalid,
        }
    }
}

/// The service for passwords that are forgotten.
pub struct Recovery {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) hashing: Arc<PasswordPool>,
    pub(super) factors: Arc<FactorVerifier>,
    pub(super) devices: Arc<Devices>,
    pub(super) links: Arc<Links>,
    pub(super) quotas: Arc<Quotas>,
    pub(super) pending: Arc<PendingRegistrations>,
    /// Whether a password is reset only with a second factor, if the account has one.
    pub(super) requires_factor: bool,
}

impl Recovery {
    /// Whether a reset asks for a second factor, if the account has one.
    pub const fn requires_factor(&self) -> bool {
        self.requires_factor
    }

    /// Sends a link to the account of this address, if there is an active one. The answer does not wait for that, and
    /// nothing in the account changes before the link is used.
    ///
    /// # Errors
    /// [`LinkRequestError`], whatever address it is.
    pub async fn forgot_password(
        self: &Arc<Self>,
        email: &str,
        device_token: Option<Secret<String>>,
        context: RequestContext,
    ) -> Result<(), LinkRequestError> {
        let (email, slot) = self.links.accept_request(email).await?;
        let recovery = Arc::clone(self);
        slot.spend(async move {
            if let Err(error) = recovery.send_reset(&email, device_token.as_ref(), context).await {
                tracing::warn!(to = ?email, %error, "cannot send a mail to reset a password");
            }
        });
        Ok(())
    }

    async fn send_reset(
        &self,
        email: &Email,
        device_token: Option<&Secret<String>>,
        context: RequestContext,
    ) -> Result<(), StoreError> {
        let event = self.env.event(EventKind::PasswordResetRequested, context);
        let account = self.env.store.account_by_email(email).await?;
        let sent = match account {
            Some(account) if account.status == Status::Active => {
                self.send_reset_link(&account, device_token, event.clone()).await?
            }
            Some(_) => false,
            None => self.pending.send_reset(email, event.clone()).await?,
        };
        if sent {
            return Ok(());
        }
        self.env.store.count_stranger(StrangerKind::LinkRequestUnknown, &event.context, event.at);
        Ok(())
    }

    /// `false` if nothing is sent. A known device of the account does not share its quota with strangers.
    async fn send_reset_link(
        &self,
        account: &Account,
        device_token: Option<&Secret<String>>,
        event: SecurityEvent,
    ) -> Result<bool, StoreError> {
        let mut to = addressee::owner_or_stranger(account);
        to.known_device = self.devices.find(Some(account), device_token).await?.is_some()
            && self.quotas.spend_for_device(account.user.id).await?;
        self.links.send_requested(Requested::Reset, &to, event).await
    }

    /// Sets a password by a link. All sessions are revoked and none is opened; the next login asks for the second factor as
    /// always. A factor that is sent along is verified last and spent with the link, so that a reset which fails costs no
    /// code. For an address without an account the link creates one. Returns the user.
    ///
    /// # Errors
    /// [`ResetError`]; the link still works unless it is the reason.
    pub async fn reset_password(&self, request: ResetRequest) -> Result<Uuid, ResetError> {
        if let Some(followed) = self.links.follow(Purpose::ResetPassword, &request.token).await? {
            let ResetRequest { new_password, second_factor, context, .. } = request;
            return self.reset_by(followed, &new_password, second_factor, context).await;
        }
        let link = one_time_token::hash(Purpose::ResetPassword, request.token.expose());
        let address = self.env.store.address_of_reset_link(link, self.env.now()).await?;
        let email = Email::from_stored(address.ok_or(ResetError::TokenInvalid)?);
        self.ask_for_factor(Factors::default(), request.second_factor.is_some())?;
        let proof = AddressProof::ResetLink(link);
        let completed =
            self.pending.complete_by_owner(email, proof, &request.new_password, request.context).await?;
        completed.ok_or(ResetError::TokenInvalid)
    }

    /// Verifies an address by its link and sets a password of the owner's, in place of all that was registered for the
    /// address. Returns the user.
    ///
    /// # Errors
    /// [`VerifyEmailError`]; the link still works unless it is the reason.
    pub async fn verify_with_new_password(
        &self,
        token: &Secret<String>,
        new_password: &Secret<String>,
        context: RequestContext,
    ) -> Result<Uuid, VerifyEmailError> {
        if let Some(followed) = self.links.follow(Purpose::VerifyEmail, token).await? {
            // A link that no longer verifies anything must not reset a password either, since it lives longer than the
            // links of resets.
            if followed.account.email_verified {
                return Err(VerifyEmailError::TokenInvalid);
            }
            return Ok(self.reset_by(followed, new_password, None, context).await?);
        }
        let link = one_time_token::hash(Purpose::VerifyEmail, token.expose());
        let pending = self.env.store.pending_registration(link, self.env.now()).await?;
        let pending = pending.ok_or(VerifyEmailError::TokenInvalid)?;
        let proof = AddressProof::Registration { id: pending.id, link };
        let completed = self.pending.complete_by_owner(pending.email, proof, new_password, context).await?;
        completed.ok_or(VerifyEmailError::TokenInvalid)
    }

    /// Sets the password of the account whose link was followed. If that is the first proof of the address, the factors
    /// that were enrolled before may be those of a stranger: they are removed and not asked for.
    async fn reset_by(
        &self,
        followed: Followed,
        new_password: &Secret<String>,
        second_factor: Option<PresentedFactor>,
        context: RequestContext,
    ) -> Result<Uuid, ResetError> {
        let Followed { link, account, .. } = followed;
        let (user_id, unproven) = (account.user.id, !account.email_verified);
        let factors = if unproven { Factors::default() } else { self.env.store.factors(user_id).await? };
        self.ask_for_factor(factors, second_factor.is_some())?;
        let email = Email::from_stored(account.user.email.clone());
        let name = account.display_name.as_deref().filter(|_| !unproven);
        let checked = new_password::check_policy(&self.hashing, new_password, &email, name).await?;
        let hash = self.hashing.hash(checked).await.map_err(NewPasswordError::from)?;
        let flow = Flow { purpose: FlowPurpose::Reset, id: user_id };
        let verified = match &second_factor {
            Some(presented) => Some(self.factors.verify(&account, presented, flow, &context).await?),
            None => None,
        };
        let revocation = self.sessions.revocation_of(user_id, None, RevokeReason::CredentialsChanged, true);
        let used = verified.as_ref().map(|verified| verified.factor.as_str());
        let compose = |removed: Option<&[&'static str]>| self.effects(&account, &context, used, removed);
        let factor = verified.as_ref().map(|verified| verified.spending.clone());
        let reset = PasswordReset { link, hash, unproven, factor, revocation };
        let reset = self.env.store.reset_password(&reset, compose).await;
        if let Some(verified) = verified {
            self.settle(&account, verified, &reset, &context).await?;
        }
        match reset? {
            ResetOutcome::Reset(ended) => {
                self.sessions.note_revoked(&ended);
                Ok(user_id)
            }
            ResetOutcome::LinkInvalid => Err(ResetError::TokenInvalid),
            ResetOutcome::FactorSpent => Err(FactorError::Wrong.into()),
        }
    }

    /// Settles the factor that was sent along.
    async fn settle(
        &self,
        account: &Account,
        verified: VerifiedFactor,
        reset: &Result<ResetOutcome, StoreError>,
        context: &RequestContext,
    ) -> Result<(), StoreError> {
        match reset {
            Ok(ResetOutcome::Reset(_)) => self.factors.accept(verified),
            Ok(ResetOutcome::FactorSpent) => {
                self.factors.refuse_used(account, verified, context).await?;
            }
            Ok(ResetOutcome::LinkInvalid) => self.factors.give_up(verified, FactorOutcome::Success),
            Err(_) => self.factors.give_up(verified, FactorOutcome::Unavailable),
        }
        Ok(())
    }

    /// The event of the reset, the one of what it has removed, if anything, and the mail that tells of both.
    fn effects(
        &self,
        account: &Account,
        context: &RequestContext,
        factor: Option<&str>,
        removed: Option<&[&'static str]>,
    ) -> Result<Effects, StoreError> {
        let (at, place) = (self.env.now(), Place::of(context));
        let event = |kind| self.env.event(kind, context.clone()).about(account.user.id);
        let reset = Effects::of(event(EventKind::PasswordReset).with(json!({ "factor": factor })));
        let (effects, to, notice) = match removed {
            None => (reset, addressee::owner(account), Notice::PasswordChanged { at, place }),
            Some(removed) => {
                let reclaimed = event(EventKind::AccountReclaimed).with(json!({ "removed": removed }));
                let notice = Notice::AccountReclaimed { at, place };
                (reset.and(reclaimed), addressee::stranger(account), notice)
            }
        };
        // The link has just shown that the mailbox is read.
        let mail = self.env.composer.mail(&Addressee { is_proven: true, ..to }, notice)?;
        Ok(effects.telling(mail))
    }

    fn ask_for_factor(&self, factors: Factors, is_given: bool) -> Result<(), ResetError> {
        match (factors.is_enrolled(), is_given) {
            (false, true) => Err(ResetError::NoSecondFactor),
            (true, false) if self.requires_factor => {
                let usable = BY_CODE.into_iter().filter(|factor| factors.has(*factor));
                Err(ResetError::SecondFactorRequired { methods: usable.map(Factor::as_str).collect() })
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recovery")
    }
}
