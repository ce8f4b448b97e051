//! Logins that the limit of a network would refuse are let through with an answer.

use async_trait::async_trait;

use super::{Captcha, CaptchaError};
use crate::model::captcha::Action;
use crate::secret::Secret;
use crate::throttle::{ChallengeGate, Verdict};

#[async_trait]
impl ChallengeGate for Captcha {
    async fn verify(&self, answer: Option<&Secret<String>>) -> Verdict {
        let token = answer.map(|answer| answer.expose().as_str());
        match Self::verify(self, token, Action::Login).await {
            Ok(()) => Verdict::Passed,
            Err(CaptchaError::Required) => Verdict::Missing,
            Err(CaptchaError::Invalid) => Verdict::Wrong,
            Err(error) => {
                tracing::warn!(%error, "cannot verify an answer to a CAPTCHA; the limit refuses the login");
                Verdict::Unavailable
            }
        }
    }
}
