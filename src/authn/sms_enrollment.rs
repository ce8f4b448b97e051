//! The number for codes by SMS: named, confirmed, removed.

use uuid::Uuid;

use super::factor_owner::OwnFactor;
use super::sms_code::Judged;
use super::{Authn, FactorError, FactorOwner, SmsSent};
use crate::model::factor::{Factor, Flow, FlowPurpose};
use crate::model::phone::{InvalidPhone, PhoneNumber};
use crate::model::sealed_row::SealedRow;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::authenticator::sms_authenticator::NumberConfirmation;
use crate::store::authenticator::sms_code::CodeNumber;

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
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        let flow = flow(owner.user_id);
        let sealed = self.seal_number(&SealedRow::SmsCodeNumber(flow.id), &number)?;
        let sent = self
            .write_code(
                &account,
                flow,
                (&number, CodeNumber::New { sealed, session_id: owner.session_id }),
                &owner.context,
            )
            .await;
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
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        let confirmed = self.try_confirm_sms(owner, &account, code).await;
        if matches!(confirmed, Err(FactorError::Wrong)) {
            self.record_failed_enrollment(owner, Factor::Sms).await?;
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
        let number = self.open_number(&SealedRow::SmsCodeNumber(flow.id), &sealed)?;
        let sealed = self.seal_number(&SealedRow::SmsAuthenticator(owner.user_id), &number)?;
        let effects = self.addition(account, owner, OwnFactor::Sms)?.by_session(Some(owner.acting_session()));
        let confirmation =
            NumberConfirmation { code: right.spent, session_id: owner.session_id, sealed, effects };
        let confirmed = self.store.confirm_sms_number(&confirmation).await?;
        if confirmed { Ok(()) } else { Err(FactorError::Wrong) }
    }

    /// Removes the number, also one that waits for its confirmation, and ends the user's other sessions. To
    /// remove none is fine.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn remove_sms(&self, owner: &FactorOwner) -> Result<(), SmsEnrollmentError> {
        let account =
            self.acting(owner.user_id, owner.session_id).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        // No policy keeps it: it never stands alone.
        self.remove_factor::<FactorError>(&account, owner, OwnFactor::Sms).await?;
        Ok(())
    }

    fn seal_number(&self, row: &SealedRow, number: &PhoneNumber) -> Result<Vec<u8>, FactorError> {
        Ok(self.composer.master.seal(self.entropy.as_ref(), &row.to_string(), number.expose().as_bytes())?)
    }
}

fn flow(user_id: Uuid) -> Flow {
    Flow { purpose: FlowPurpose::Enrollment, id: user_id }
}
