//! The errors of logins and step-ups.

use super::session::other_session;
use super::store::internal;
use super::{Code, Problem};
use crate::authn::{LoginError, StepUpError};
use crate::model::assurance::Aal;
use crate::throttle::{Exceeded, Throttled};

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        Self { retry_after: Some(exceeded.retry_after()), ..Self::new(Code::RateLimited) }
    }
}

impl Problem {
    /// An answer to a CAPTCHA opens what a limit refuses. A client that can find none is told how long to wait.
    fn instead_of(code: Code, exceeded: Exceeded) -> Self {
        let detail = format!("{} Or wait for as many seconds as retry_after says.", code.detail());
        Self { retry_after: Some(exceeded.retry_after()), ..Self::new(code).detail(detail) }
    }
}

impl From<Throttled> for Problem {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::Exceeded(exceeded) => exceeded.into(),
            Throttled::ChallengeRequired(exceeded) => Self::instead_of(Code::CaptchaRequired, exceeded),
            Throttled::ChallengeInvalid(exceeded) => Self::instead_of(Code::CaptchaInvalid, exceeded),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            LoginError::Delayed { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited) }
            }
            LoginError::Throttled(throttled) => throttled.into(),
            LoginError::NotActive => Self::new(Code::AccountNotActive),
            LoginError::NotVerified => Self::new(Code::EmailNotVerified),
            LoginError::ResetPending { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::MfaResetPending) }
            }
            LoginError::Overloaded => Self::new(Code::Overloaded),
            LoginError::Store(error) => error.into(),
            LoginError::Internal(place) => internal(place),
        }
    }
}

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::InvalidCredentials => {
                Self::new(Code::InvalidCredentials).detail("The password is wrong.")
            }
            StepUpError::IdentityInvalid => Self::new(Code::FederationFailed),
            StepUpError::SecondFactorRequired { methods } => {
                Self::step_up_required(Aal::Two.acr(), 0, &methods)
                    .detail("This account steps up with its second factor.")
            }
            StepUpError::Factor(error) => error.into(),
            StepUpError::Overloaded => Self::new(Code::Overloaded),
            StepUpError::NoAccount => Self::new(Code::SessionRevoked),
            StepUpError::OtherSession => other_session(),
            StepUpError::Session(error) => error.into(),
            StepUpError::Store(error) => error.into(),
            StepUpError::Internal(place) => internal(place),
        }
    }
}
