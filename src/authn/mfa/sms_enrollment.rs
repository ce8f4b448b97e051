//! Phone numbers for codes by SMS: enrolled, confirmed with a code, removed.

use std::sync::Arc;

use uuid::Uuid;

use super::factor::FactorError;
use super::factor_change::{FactorChanges, OwnFactor};
use super::sms_code::{Comparison, SmsCodes, SmsSent};
use crate::authn::environment::FlowEnvironment;
use crate::model::factor::{Factor, Flow, FlowPurpose};
use crate::model::phone::{InvalidPhone, PhoneNumber};
use crate::model::principal::Principal;
use crate::model::sealed_row::SealedRow;
use crate::model::sms_code::SmsCode;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::authenticator::sms_authenticator::NumberConfirmation;
use crate::store::authenticator::sms_code::CodeNumber;
use crate::telemetry::metrics::EnrollmentOutcome;

/// Why a number is not enrolled, confirmed or removed.
#[derive(Debug, thiserror::Error)]
pub enum SmsEnrollmentError {
    /// What was typed is not a phone number in international form.
    #[error(transparent)]
    InvalidNumber(#[from] InvalidPhone),
    /// `mfa.sms_prefixes` does not contain its prefix.
    #[error("messages are not sent to numbers with this prefix")]
    PrefixNotAllowed,
    /// Codes by SMS need an app or a passkey beside them.
    #[error("the account has no stronger second factor")]
    NoStrongerFactor,
    /// The account is gone or no longer active.
    #[error("there is no account to change")]
    NoAccount,
    /// The code was wrong, or could not be sent or verified.
    #[error(transparent)]
    Factor(#[from] FactorError),
}

impl From<StoreError> for SmsEnrollmentError {
    fn from(error: StoreError) -> Self {
        Self::Factor(error.into())
    }
}

/// Phone numbers of accounts.
pub struct SmsNumbers {
    pub(in crate::authn) env: Arc<FlowEnvironment>,
    pub(in crate::authn) codes: Arc<SmsCodes>,
    pub(in crate::authn) changes: Arc<FactorChanges>,
}

impl SmsNumbers {
    /// Sends a code to a number. Until it is confirmed, the previous number stays.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn enroll(&self, principal: &Principal, phone: &str) -> Result<SmsSent, SmsEnrollmentError> {
        let number = PhoneNumber::parse(phone)?;
        if !number.is_among(&self.codes.rules.prefixes) {
            return Err(SmsEnrollmentError::PrefixNotAllowed);
        }
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        let flow = flow(principal.user_id());
        let sealed = self.codes.seal_number(&SealedRow::SmsCodeNumber(flow.id), &number)?;
        let sent = self
            .codes
            .write(
                &account,
                flow,
                (&number, CodeNumber::New { sealed, session_id: principal.session_id() }),
                &principal.context,
            )
            .await;
        if sent.is_ok() {
            self.env.metrics.enrollment.count(Factor::Sms, EnrollmentOutcome::Begun);
        }
        sent.map_err(|error| match error {
            FactorError::NotEnrolled => SmsEnrollmentError::NoStrongerFactor,
            error => error.into(),
        })
    }

    /// Spends the code of [`SmsNumbers::enroll`], whose number becomes the account's.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn confirm(&self, principal: &Principal, code: &str) -> Result<(), SmsEnrollmentError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        let confirmed = self.try_confirm(principal, &account, code).await;
        if matches!(confirmed, Err(FactorError::Wrong)) {
            self.changes.record_failed_enrollment(principal, Factor::Sms).await?;
        }
        confirmed?;
        self.env.metrics.enrollment.count(Factor::Sms, EnrollmentOutcome::Confirmed);
        Ok(())
    }

    async fn try_confirm(
        &self,
        principal: &Principal,
        account: &Account,
        code: &str,
    ) -> Result<(), FactorError> {
        let flow = flow(principal.user_id());
        let typed = SmsCode::parse(code).ok_or(FactorError::NotACode)?;
        let Comparison::Right(right) = self.codes.compare(principal.user_id(), flow, &typed).await? else {
            return Err(FactorError::Wrong);
        };
        let sealed = right.number_sealed.ok_or(FactorError::Wrong)?;
        let number = self.codes.open_number(&SealedRow::SmsCodeNumber(flow.id), &sealed)?;
        let sealed = self.codes.seal_number(&SealedRow::SmsAuthenticator(principal.user_id()), &number)?;
        let effects = self
            .changes
            .addition(account, principal, OwnFactor::Sms)?
            .by_session(Some(principal.acting_session));
        let confirmation =
            NumberConfirmation { code: right.spent, session_id: principal.session_id(), sealed, effects };
        let confirmed = self.env.store.confirm_sms_number(&confirmation).await?;
        if confirmed { Ok(()) } else { Err(FactorError::Wrong) }
    }

    /// Removes the number, also one that was never confirmed, and revokes the user's other sessions. Removing a number
    /// that is not there is not an error.
    ///
    /// # Errors
    /// [`SmsEnrollmentError`].
    pub async fn remove(&self, principal: &Principal) -> Result<(), SmsEnrollmentError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(SmsEnrollmentError::NoAccount)?;
        // No policy requires it, since it is never the only factor.
        self.changes.remove(&account, principal, OwnFactor::Sms).await?;
        Ok(())
    }
}

fn flow(user_id: Uuid) -> Flow {
    Flow { purpose: FlowPurpose::Enrollment, id: user_id }
}

impl std::fmt::Debug for SmsNumbers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SmsNumbers")
    }
}
