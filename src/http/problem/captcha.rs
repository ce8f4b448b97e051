//! The errors of CAPTCHAs.

use super::store::internal;
use super::{Code, Problem};
use crate::authn::CaptchaError;

impl From<CaptchaError> for Problem {
    fn from(error: CaptchaError) -> Self {
        match error {
            CaptchaError::Required => Self::new(Code::CaptchaRequired),
            CaptchaError::Invalid => Self::new(Code::CaptchaInvalid),
            CaptchaError::Unavailable(_) | CaptchaError::Misconfigured(_) => {
                tracing::error!(%error, "cannot verify an answer to a CAPTCHA");
                Self::new(Code::Unavailable)
            }
            CaptchaError::Internal(place) => internal(place),
            CaptchaError::Store(error) => error.into(),
        }
    }
}
