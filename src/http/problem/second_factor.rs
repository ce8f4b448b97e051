//! The errors of second factors.

use super::store::internal;
use super::{Code, Problem};
use crate::authn::{BackupCodesError, EnrollmentError, FactorError, SecondStepError};

impl From<FactorError> for Problem {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Wrong | FactorError::NotACode => Self::new(Code::MfaCodeInvalid),
            FactorError::NotEnrolled => Self::field(
                Code::ValidationFailed,
                "method",
                "no_factor",
                "This account has no second factor of this kind.",
            ),
            FactorError::Limited { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            FactorError::Overloaded => Self::new(Code::Overloaded),
            FactorError::Internal(place) => internal(place),
            FactorError::Store(error) => error.into(),
        }
    }
}

impl From<SecondStepError> for Problem {
    fn from(error: SecondStepError) -> Self {
        match error {
            SecondStepError::ChallengeInvalid => Self::new(Code::ChallengeInvalid),
            SecondStepError::Factor(error) => error.into(),
            SecondStepError::Login(error) => error.into(),
        }
    }
}

impl From<EnrollmentError> for Problem {
    fn from(error: EnrollmentError) -> Self {
        match error {
            EnrollmentError::AlreadyEnrolled => Self::new(Code::Conflict)
                .detail("The account already has a factor of this kind; remove it first."),
            EnrollmentError::NotBegun => Self::new(Code::Conflict)
                .detail("No enrollment was begun, or another one was begun in the meantime."),
            EnrollmentError::Required => last_one(),
            EnrollmentError::CodeInvalid => Self::new(Code::MfaCodeInvalid),
            EnrollmentError::NoAccount => Self::new(Code::SessionRevoked),
            EnrollmentError::Overloaded => Self::new(Code::Overloaded),
            EnrollmentError::Internal(place) => internal(place),
            EnrollmentError::Store(error) => error.into(),
        }
    }
}

impl From<BackupCodesError> for Problem {
    fn from(error: BackupCodesError) -> Self {
        match error {
            BackupCodesError::NotEnrolled => Self::new(Code::Conflict)
                .detail("Backup codes require another second factor; enroll one first."),
            BackupCodesError::NoAccount => Self::new(Code::SessionRevoked),
            BackupCodesError::Overloaded => Self::new(Code::Overloaded),
            BackupCodesError::Internal(place) => internal(place),
            BackupCodesError::Store(error) => error.into(),
        }
    }
}

/// The last second factor cannot be removed.
pub(super) fn last_one() -> Problem {
    Problem::new(Code::Conflict).detail("The policy requires a second factor; add another one first.")
}
