//! What adding and removing a second factor have in common, whichever it is: who acts, what is written down and
//! told, and what becomes of the sessions.

use serde_json::{Value, json};
use uuid::Uuid;

use super::factor_proof::factor_detail;
use super::{Authn, addressee};
use crate::clock::Timestamp;
use crate::model::account::Status;
use crate::model::factor::{Factor, Factors, FlowPurpose};
use crate::model::notice::{FactorName, Notice, Place};
use crate::model::revocation::RevokeReason;
use crate::model::sealed_row::SealedRow;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::Unsealable;
use crate::store::account::Account;
use crate::store::authenticator::factor::{FactorRemoval, Removed, RemovedFactor};
use crate::store::authenticator::passkey::StoredPasskey;
use crate::store::authenticator::totp::StoredTotp;
use crate::store::session::acting_session::ActingSession;
use crate::store::{Effects, StoreError};

/// Who adds or removes a factor, from which session.
#[derive(Clone, Debug)]
pub struct FactorOwner {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub context: RequestContext,
}

impl FactorOwner {
    /// The session that asks, for the transaction of what it asks for.
    pub const fn acting_session(&self) -> ActingSession {
        ActingSession { user_id: self.user_id, session_id: self.session_id }
    }
}

/// What is known of a user's second factors.
#[derive(Debug)]
pub struct SecondFactors {
    pub factors: Factors,
    /// The authenticator app, also one that was never confirmed.
    pub totp: Option<StoredTotp>,
    pub phone: Option<ConfirmedPhone>,
}

/// A confirmed number for codes by SMS.
#[derive(Debug)]
pub struct ConfirmedPhone {
    /// Its end, `•••• 42`; absent if the master keys do not open it.
    pub masked: Option<String>,
    pub confirmed_at: Timestamp,
}

/// The factor that is added or removed.
#[derive(Clone, Copy, Debug)]
pub(super) enum OwnFactor<'a> {
    Totp,
    Sms,
    Passkey(&'a StoredPasskey),
}

/// What a passkey is called of which nothing is known.
pub(super) const NAMELESS_PASSKEY: &str = "Passkey";

impl OwnFactor<'_> {
    const fn removed(self) -> RemovedFactor {
        match self {
            Self::Totp => RemovedFactor::Totp,
            Self::Sms => RemovedFactor::Sms,
            Self::Passkey(passkey) => RemovedFactor::Passkey(passkey.id),
        }
    }

    fn detail(self) -> Value {
        match self {
            Self::Totp => factor_detail(Factor::Totp, json!({})),
            Self::Sms => factor_detail(Factor::Sms, json!({})),
            Self::Passkey(passkey) => factor_detail(Factor::Webauthn, json!({ "passkey": passkey.id })),
        }
    }

    /// What mails call it: its kind, or the name that the owner gave it.
    fn name(self) -> FactorName {
        match self {
            Self::Totp => FactorName::Kind(Factor::Totp),
            Self::Sms => FactorName::Kind(Factor::Sms),
            Self::Passkey(passkey) if passkey.name == NAMELESS_PASSKEY => FactorName::Kind(Factor::Webauthn),
            Self::Passkey(passkey) => FactorName::Passkey(format!("{NAMELESS_PASSKEY} ({})", passkey.name)),
        }
    }
}

impl Authn {
    /// # Errors
    /// [`StoreError`].
    pub async fn second_factors(&self, user_id: Uuid) -> Result<SecondFactors, StoreError> {
        let phone = self.store.sms_number(user_id).await?.map(|stored| ConfirmedPhone {
            masked: self
                .open_number(&SealedRow::SmsAuthenticator(user_id), &stored.sealed)
                .map(|number| number.masked())
                .ok(),
            confirmed_at: stored.confirmed_at,
        });
        let (factors, totp) = (self.store.factors(user_id).await?, self.store.totp(user_id).await?);
        Ok(SecondFactors { factors, totp, phone })
    }

    /// The account, if it may act and the session has not ended. What it may do was decided when its session began;
    /// it may have been disabled since, and the session may have ended at another node, of which this one has not
    /// heard.
    pub(super) async fn acting(
        &self,
        user_id: Uuid,
        session_id: Uuid,
    ) -> Result<Option<Account>, StoreError> {
        if !self.store.is_live(user_id, session_id).await? {
            return Ok(None);
        }
        let account = self.store.account_by_id(user_id).await?;
        Ok(account.filter(|account| account.status == Status::Active))
    }

    pub(super) fn owner_event(&self, kind: EventKind, owner: &FactorOwner) -> SecurityEvent {
        let event = self.event(kind, owner.context.clone()).about(owner.user_id).by(owner.user_id);
        event.in_session(owner.session_id)
    }

    /// A code that does not confirm the factor it was to confirm.
    pub(super) async fn record_failed_enrollment(
        &self,
        owner: &FactorOwner,
        factor: Factor,
    ) -> Result<(), StoreError> {
        let detail = factor_detail(factor, json!({ "for": FlowPurpose::Enrollment.as_str() }));
        let event = self.owner_event(EventKind::FactorFailed, owner).with(detail);
        self.store.record(&Effects::of(event).by_session(Some(owner.acting_session()))).await
    }

    /// The event of a factor that is added, and the mail to the owner.
    pub(super) fn addition(
        &self,
        account: &Account,
        owner: &FactorOwner,
        factor: OwnFactor<'_>,
    ) -> Result<Effects, Unsealable> {
        let event = self.owner_event(EventKind::FactorEnrolled, owner).with(factor.detail());
        let (at, place) = (event.at, Place::of(&owner.context));
        let notice = Notice::FactorAdded { factor: factor.name(), at, place };
        Ok(Effects::of(event).telling(self.composer.mail(&addressee(account), notice)?))
    }

    /// Removes a factor and ends the user's other sessions (ASVS 5.0 §7.4.3); the owner is told.
    pub(super) async fn remove_factor<E>(
        &self,
        account: &Account,
        owner: &FactorOwner,
        factor: OwnFactor<'_>,
    ) -> Result<Removed, E>
    where
        E: From<StoreError> + From<Unsealable>,
    {
        let event = self.owner_event(EventKind::FactorRemoved, owner).with(factor.detail());
        let (at, place) = (event.at, Place::of(&owner.context));
        let notice = Notice::FactorRemoved { factor: factor.name(), at, place };
        let kept = Some(owner.session_id);
        let removal = FactorRemoval {
            factor: factor.removed(),
            session_id: owner.session_id,
            // A login that is under way may rely on the factor: the epoch moves on.
            ending: self.sessions.revocation_of(owner.user_id, kept, RevokeReason::FactorRemoved, true),
            policy: self.mfa.policy,
            effects: Effects::of(event).telling(self.composer.mail(&addressee(account), notice)?),
        };
        let removed = self.store.remove_factor(&removal).await?;
        if let Removed::Done(ended) = &removed {
            self.sessions.note_revoked(ended);
            // The one that stays moved on with the user's epoch; its actor must read that.
            self.sessions.registry.forget(&[owner.session_id]);
        }
        Ok(removed)
    }
}
