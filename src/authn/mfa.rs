//! Second factors: their enrollment, the second step of a login, and step-up.

pub(super) mod backup_codes;
pub(super) mod factor;
mod factor_challenge;
pub(super) mod factor_change;
pub(super) mod factor_verification;
mod login_challenge;
mod second_step;
pub(super) mod sms_code;
mod sms_enrollment;
mod step_up;
mod totp;

use std::sync::Arc;

use uuid::Uuid;

pub use backup_codes::{BackupCodes, BackupCodesError};
pub use factor::{FactorError, PresentedFactor, VerifiedFactor};
pub use factor_challenge::{ChallengedFactor, FactorChallenge, StepUpChallengeRequest};
pub use factor_verification::FactorVerifier;
pub use login_challenge::{LoginChallenge, SecondStepError};
pub use second_step::SecondStepRequest;
pub use sms_code::SmsSent;
pub use sms_enrollment::{SmsEnrollmentError, SmsNumbers};
pub use step_up::{StepUpCredential, StepUpError, StepUpRequest};
pub use totp::{EnrollmentError, TotpFactors};

pub(super) use factor::factor_detail;
pub(super) use login_challenge::{FirstFactor, LoginChallenges};

use self::sms_code::SmsCodes;
use super::devices::Devices;
use super::environment::FlowEnvironment;
use super::login_codes::LoginCodes;
use super::passkey::verification::PasskeyVerifier;
use super::password::verification::PasswordVerifier;
use super::session_opening::SessionOpening;
use crate::clock::Timestamp;
use crate::config;
use crate::model::factor::{Factors, MfaPolicy};
use crate::model::sealed_row::SealedRow;
use crate::session::Sessions;
use crate::store::StoreError;
use crate::store::authenticator::totp::StoredTotp;

/// The second step of a login, step-up, and what is known of a user's factors.
pub struct Mfa {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) rules: config::Mfa,
    pub(super) sessions: Arc<Sessions>,
    pub(super) passwords: Arc<PasswordVerifier>,
    pub factors: Arc<FactorVerifier>,
    pub(super) passkeys: Arc<PasskeyVerifier>,
    pub(super) sms_codes: Arc<SmsCodes>,
    pub(super) challenges: Arc<LoginChallenges>,
    pub(super) devices: Arc<Devices>,
    pub(super) opening: Arc<SessionOpening>,
    pub(super) codes: Arc<LoginCodes>,
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
    /// Its last digits, `•••• 42`; absent if the master keys do not open it.
    pub masked: Option<String>,
    pub confirmed_at: Timestamp,
}

impl Mfa {
    /// Who must have a second factor.
    pub const fn policy(&self) -> MfaPolicy {
        self.rules.policy
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn second_factors(&self, user_id: Uuid) -> Result<SecondFactors, StoreError> {
        let phone = self.env.store.sms_number(user_id).await?.map(|stored| ConfirmedPhone {
            masked: self
                .sms_codes
                .open_number(&SealedRow::SmsAuthenticator(user_id), &stored.sealed)
                .map(|number| number.masked())
                .ok(),
            confirmed_at: stored.confirmed_at,
        });
        let (factors, totp) = (self.env.store.factors(user_id).await?, self.env.store.totp(user_id).await?);
        Ok(SecondFactors { factors, totp, phone })
    }
}

impl std::fmt::Debug for Mfa {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Mfa")
    }
}
