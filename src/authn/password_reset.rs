//! A forgotten password: the link, and the new password that it sets.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::email_verification::SendError;
use super::link::{Followed, stranger};
use super::pending_registration::OwnPasswordError;
use super::{Authn, FactorError, FactorProof, LinkRequestError, NewPasswordError, addressee};
use crate::model::account::Status;
use crate::model::email::Email;
use crate::model::factor::{Factor, Factors, Flow, FlowPurpose};
use crate::model::notice::{Notice, Place};
use crate::model::one_time_token::{self, Purpose};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::stranger::StrangerKind;
use crate::notification::{Addressee, Unsealable};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::account::pending_registration::AddressProof;
use crate::store::credential::password::PasswordReset;
use crate::store::{Effects, StoreError};

/// What a reset can be proven by: nothing has to be asked for first.
const BY_CODE: [Factor; 2] = [Factor::Totp, Factor::BackupCode];

/// What the client sent.
#[derive(Debug)]
pub struct ResetRequest {
    pub token: Secret<String>,
    pub new_password: Secret<String>,
    /// A second factor, if one came along.
    pub second_factor: Option<FactorProof>,
    pub context: RequestContext,
}

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    #[error("the link does not work")]
    TokenInvalid,
    /// A proof that cannot be checked is not passed over in silence.
    #[error("the account has no second factor")]
    NoSecondFactor,
    /// It must come along (`mfa.reset_requires_factor`), by one of these; by none of them where there are only
    /// factors that cannot.
    #[error("a second factor is asked for")]
    SecondFactorRequired { methods: Vec<&'static str> },
    #[error(transparent)]
    Factor(#[from] FactorError),
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error("a reset failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unsealable> for ResetError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing a mail")
    }
}

impl From<OwnPasswordError> for ResetError {
    fn from(error: OwnPasswordError) -> Self {
        match error {
            OwnPasswordError::Password(error) => Self::Password(error),
            OwnPasswordError::Store(error) => Self::Store(error),
        }
    }
}

impl Authn {
    /// Sends a link to the account at this address, if there is one that may act. The answer does not wait
    /// for that, and nothing in the account changes before the link is used.
    ///
    /// # Errors
    /// [`LinkRequestError`], whatever address it is.
    pub async fn forgot_password(
        self: Arc<Self>,
        email: &str,
        device_token: Option<Secret<String>>,
        context: RequestContext,
    ) -> Result<(), LinkRequestError> {
        let (email, slot) = self.accept_link_request(email).await?;
        slot.spend(async move {
            if let Err(error) = self.send_reset(&email, device_token.as_ref(), context).await {
                tracing::warn!(to = ?email, %error, "a mail to reset a password was not sent");
            }
        });
        Ok(())
    }

    async fn send_reset(
        &self,
        email: &Email,
        device_token: Option<&Secret<String>>,
        context: RequestContext,
    ) -> Result<(), SendError> {
        let event = self.event(EventKind::PasswordResetRequested, context);
        let account = self.store.account_by_email(email).await?;
        let sent = match account {
            Some(account) if account.status == Status::Active => {
                self.send_reset_link(&account, device_token, event.clone()).await?
            }
            Some(_) => false,
            None => self.send_reset_to_pending(email, event.clone()).await?,
        };
        if sent {
            return Ok(());
        }
        self.store.count_stranger(StrangerKind::LinkRequestUnknown, &event.context, event.at);
        Ok(())
    }

    /// `false` if nothing is sent. A device that is known to the account does not share its quota with strangers.
    async fn send_reset_link(
        &self,
        account: &Account,
        device_token: Option<&Secret<String>>,
        event: SecurityEvent,
    ) -> Result<bool, SendError> {
        let mut to = if account.email_verified { addressee(account) } else { stranger(account) };
        to.known_device = self.known_device(Some(account), device_token).await?.is_some()
            && self.outgoing.spend_for_device(account.user.id).await?;
        self.send_requested_link(Purpose::ResetPassword, &to, event).await
    }

    /// Sets a password by a link. Ends all sessions, opens none; the next login asks for the second factor as
    /// ever. One that comes along is checked, and spent, last: what may not be chosen as a password costs no code.
    /// For an address that has no account yet the link makes one. Gives back the user.
    ///
    /// # Errors
    /// [`ResetError`]; the link still works unless it is the reason.
    pub async fn reset_password(&self, request: ResetRequest) -> Result<Uuid, ResetError> {
        if let Some(followed) = self.follow(Purpose::ResetPassword, &request.token).await? {
            let ResetRequest { new_password, second_factor, context, .. } = request;
            return self.reset_by(followed, &new_password, second_factor, context).await;
        }
        let link = one_time_token::hash(Purpose::ResetPassword, request.token.expose());
        let address = self.store.address_of_reset_link(link, self.clock.now()).await?;
        let email = Email::from_stored(address.ok_or(ResetError::TokenInvalid)?);
        self.ask_for_factor(Factors::default(), request.second_factor.is_some())?;
        let proof = AddressProof::ResetLink(link);
        let completed = self.complete_by_owner(email, proof, &request.new_password, request.context).await?;
        completed.ok_or(ResetError::TokenInvalid)
    }

    /// Sets the password of the account whose link was followed. Where that is the first proof of the address, what
    /// was enrolled before is a stranger's for all we know: it is removed, and not asked for.
    pub(super) async fn reset_by(
        &self,
        followed: Followed,
        new_password: &Secret<String>,
        second_factor: Option<FactorProof>,
        context: RequestContext,
    ) -> Result<Uuid, ResetError> {
        let Followed { link, account, .. } = followed;
        let (user_id, unproven) = (account.user.id, !account.email_verified);
        let factors = if unproven { Factors::default() } else { self.store.factors(user_id).await? };
        self.ask_for_factor(factors, second_factor.is_some())?;
        let email = Email::from_stored(account.user.email.clone());
        let name = account.display_name.as_deref().filter(|_| !unproven);
        let judged = self.judge(new_password, &email, name).await?;
        let hash = self.passwords.hash(judged).await.map_err(NewPasswordError::from)?;
        if let Some(proof) = &second_factor {
            let flow = Flow { purpose: FlowPurpose::Reset, id: user_id };
            self.prove_factor(&account, proof, flow, &context).await?;
        }
        let ending = self.sessions.revocation_of(user_id, None, RevokeReason::CredentialsChanged, true);
        let if_cleared = self.reclaiming_effects(&account, context.clone())?;
        let mut effects = self.new_password_effects(&account, EventKind::PasswordReset, context)?;
        let factor = second_factor.as_ref().map(|proof| proof.factor().as_str());
        for event in &mut effects.events {
            event.detail = json!({ "factor": factor });
        }
        let reset = PasswordReset { link, hash, unproven, ending, effects, if_cleared };
        let ended = self.store.reset_password(&reset).await?.ok_or(ResetError::TokenInvalid)?;
        self.sessions.note_revoked(&ended);
        Ok(user_id)
    }

    /// The event of the reset, the one of what it removes, and the mail that tells of both.
    fn reclaiming_effects(&self, account: &Account, context: RequestContext) -> Result<Effects, Unsealable> {
        let notice = Notice::AccountReclaimed { at: self.moment(), place: Place::of(&context) };
        // Who follows the link reads the mails of this address.
        let to = Addressee { is_proven: true, ..stranger(account) };
        let message = self.composer.mail(&to, notice)?;
        let event = |kind| self.event(kind, context.clone()).about(account.user.id);
        let reset = event(EventKind::PasswordReset).with(json!({ "factor": null }));
        Ok(Effects::of(reset).and(event(EventKind::AccountReclaimed)).telling(message))
    }

    fn ask_for_factor(&self, factors: Factors, is_given: bool) -> Result<(), ResetError> {
        match (factors.is_enrolled(), is_given) {
            (false, true) => Err(ResetError::NoSecondFactor),
            (true, false) if self.mfa.reset_requires_factor => {
                let usable = BY_CODE.into_iter().filter(|factor| factors.has(*factor));
                Err(ResetError::SecondFactorRequired { methods: usable.map(Factor::as_str).collect() })
            }
            _ => Ok(()),
        }
    }

    /// The event, and the mail to the owner.
    pub(super) fn new_password_effects(
        &self,
        account: &Account,
        kind: EventKind,
        context: RequestContext,
    ) -> Result<Effects, Unsealable> {
        let notice = Notice::PasswordChanged { at: self.moment(), place: Place::of(&context) };
        let mut to = addressee(account);
        // The link has just shown that its mailbox is read.
        to.is_proven |= kind == EventKind::PasswordReset;
        let message = self.composer.mail(&to, notice)?;
        Ok(Effects::of(self.event(kind, context).about(account.user.id)).telling(message))
    }
}
