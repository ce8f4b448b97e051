//! The number for codes by SMS: named, confirmed, removed.

use serde_json::json;
use uuid::Uuid;

use super::sms_code::Judged;
use super::{Authn, FactorError, FactorOwner, SmsSent, addressee};
use crate::model::account::Status;
use crate::model::factor::{Factor, Flow, FlowPurpose};
use crate::model::notice::{Notice, Place};
use crate::model::phone::{InvalidPhone, PhoneNumber};
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::store::account::Account;
use crate::store::sms_authenticator::{self, NumberConfirmation, NumberRemoval};
use crate::store::sms_code::{self, CodeNumber};
use crate::store::{StoreError, Trail};

/// Why a number is not enrolled, confirmed or removed.
#[derive(Debug, thiserror::Error)]
pub enum SmsEnrollmentError {
    #[error(transparent)]
    InvalidNumber(#[from] InvalidPhone),
    /// `mfa.sms_prefixes` has no room for it.
    #[error("no messages are sent to such numbers")]
    PrefixNotAllowed,
    /// SMS stands beside an app or a passkey, never alone.
    #[error("the account has no stronger second factor")]
    NoStrongerFactor,
    /// The account is gone, or may not act any more.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Factor(#[from] FactorError),
}

impl From<StoreError> for SmsEnrollmentError {
    fn from(error: StoreError) -> Self {
        Self::Factor(error.into())
    }
}

impl Authn {
    /// Sends a code to a number; until it is confirmed, the last number stays.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn enroll_sms(&self, owner: &FactorOwner, phone: &str) -> Result<SmsSent, SmsEnrollmentError> {
        let number = PhoneNumber::parse(phone)?;
        if !number.is_among(&self.mfa.sms.prefixes) {
            return Err(SmsEnrollmentError::PrefixNotAllowed);
        }
        let account = self.acting(owner.user_id).await?;
        let flow = flow(owner.user_id);
        let row = sms_code::number_row(flow.id);
        let sealed = self.seal_number(&row, &number)?;
        let sent =
            self.write_code(&account, flow, (&number, CodeNumber::New { sealed }), &owner.origin).await;
        sent.map_err(|error| match error {
            FactorError::NotEnrolled => SmsEnrollmentError::NoStrongerFactor,
            error => error.into(),
        })
    }

    /// Spends the code of [`Authn::enroll_sms`]; its number is the account's from now on.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn confirm_sms(&self, owner: &FactorOwner, code: &str) -> Result<(), SmsEnrollmentError> {
        let account = self.acting(owner.user_id).await?;
        let confirmed = self.try_confirm_sms(owner, &account, code).await;
        if matches!(confirmed, Err(FactorError::Wrong)) {
            let failed = self.sms_event(EventKind::FactorFailed, owner);
            let detail = json!({ "factor": Factor::Sms.as_str(), "for": FlowPurpose::Enrollment.as_str() });
            self.store.record(&Trail::of(failed.with(detail))).await?;
        }
        Ok(confirmed?)
    }

    async fn try_confirm_sms(
        &self,
        owner: &FactorOwner,
        account: &Account,
        code: &str,
    ) -> Result<(), FactorError> {
        let flow = flow(owner.user_id);
        let Judged::Right(right) = self.judge_code(owner.user_id, flow, code).await? else {
            return Err(FactorError::Wrong);
        };
        let sealed = right.number_sealed.ok_or(FactorError::Wrong)?;
        let number = self.open_number(&sms_code::number_row(flow.id), &sealed)?;
        let sealed = self.seal_number(&sms_authenticator::number_row(owner.user_id), &number)?;
        let notice = Notice::FactorAdded {
            factor: Factor::Sms.as_str().to_owned(),
            at: self.moment(),
            place: Place::of(&owner.origin),
        };
        let event = self.sms_event(EventKind::FactorEnrolled, owner);
        let trail = Trail::of(event).telling(self.postbox.mail(&addressee(account), notice)?);
        let confirmation = NumberConfirmation { code: right.spent, sealed, trail };
        let confirmed = self.store.confirm_sms_number(&confirmation).await?;
        if confirmed { Ok(()) } else { Err(FactorError::Wrong) }
    }

    /// Removes the number, also one that waits for its confirmation, and ends the user's other sessions. To
    /// remove none is fine.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn remove_sms(&self, owner: &FactorOwner) -> Result<(), SmsEnrollmentError> {
        let account = self.acting(owner.user_id).await?;
        let notice = Notice::FactorRemoved {
            factor: Factor::Sms.as_str().to_owned(),
            at: self.moment(),
            place: Place::of(&owner.origin),
        };
        let event = self.sms_event(EventKind::FactorRemoved, owner);
        let mail = self.postbox.mail(&addressee(&account), notice).map_err(FactorError::from)?;
        let kept = Some(owner.session_id);
        // A login that is under way may rely on the factor: the epoch moves on.
        let ending = self.sessions.ending(owner.user_id, kept, RevokeReason::FactorRemoved, true);
        let removal = NumberRemoval { ending, trail: Trail::of(event).telling(mail) };
        if let Some(ended) = self.store.remove_sms_number(&removal).await? {
            self.sessions.enforce(&ended);
            // The one that stays moved on with the user's epoch; its actor must read that.
            self.sessions.registry.forget(&[owner.session_id]);
        }
        Ok(())
    }

    async fn acting(&self, user_id: Uuid) -> Result<Account, SmsEnrollmentError> {
        let account = self.store.account_by_id(user_id).await?;
        let account = account.filter(|account| account.status == Status::Active);
        account.ok_or(SmsEnrollmentError::NoAccount)
    }

    fn seal_number(&self, row: &str, number: &PhoneNumber) -> Result<Vec<u8>, FactorError> {
        Ok(self.postbox.master.seal(self.entropy.as_ref(), row, number.expose().as_bytes())?)
    }

    fn sms_event(&self, kind: EventKind, owner: &FactorOwner) -> SecurityEvent {
        self.event(kind, owner.origin.clone())
            .about(owner.user_id)
            .by(owner.user_id)
            .in_session(owner.session_id)
            .with(json!({ "factor": Factor::Sms.as_str() }))
    }
}

fn flow(user_id: Uuid) -> Flow {
    Flow { purpose: FlowPurpose::Enrollment, id: user_id }
}
