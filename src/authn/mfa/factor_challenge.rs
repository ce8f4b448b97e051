//! The preparation of a second factor: a code is sent by SMS, or a passkey gets its options.

use serde_json::Value;

use super::{FactorError, Mfa, SecondStepError, SmsSent, StepUpError};
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::principal::Principal;
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::account::Account;

/// The factor to be prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengedFactor {
    /// A code is sent.
    Sms,
    /// A passkey is asked for its signature.
    Webauthn,
}

/// What was prepared.
#[derive(Debug)]
pub enum FactorChallenge {
    /// A code was sent.
    Sent(SmsSent),
    /// The options of `navigator.credentials.get()`.
    Options(Value),
}

/// The session that steps up, and the factor.
#[derive(Clone, Debug)]
pub struct StepUpChallengeRequest {
    pub principal: Principal,
    pub factor: ChallengedFactor,
}

impl Mfa {
    /// Prepares a factor for a login that waits for its second step.
    ///
    /// # Errors
    /// [`SecondStepError`].
    pub async fn challenge_login(
        &self,
        token: &Secret<String>,
        factor: ChallengedFactor,
        context: &RequestContext,
    ) -> Result<FactorChallenge, SecondStepError> {
        let (challenge, account) = self.challenges.find(token).await?;
        let flow = Flow { purpose: FlowPurpose::Login, id: challenge.id };
        Ok(self.challenge_factor(&account, factor, flow, context).await?)
    }

    /// Prepares a factor for a session that steps up.
    ///
    /// # Errors
    /// [`StepUpError`].
    pub async fn challenge_step_up(
        &self,
        request: StepUpChallengeRequest,
    ) -> Result<FactorChallenge, StepUpError> {
        let StepUpChallengeRequest { principal, factor } = request;
        let account = self.env.acting_account(principal.acting_session).await?;
        let account = account.ok_or(StepUpError::NoAccount)?;
        let flow = Flow { purpose: FlowPurpose::StepUp, id: principal.session_id() };
        Ok(self.challenge_factor(&account, factor, flow, &principal.context).await?)
    }

    /// Prepares a factor for any flow.
    ///
    /// # Errors
    /// [`FactorError::NotEnrolled`], [`FactorError::Limited`].
    pub async fn challenge_factor(
        &self,
        account: &Account,
        factor: ChallengedFactor,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<FactorChallenge, FactorError> {
        match factor {
            ChallengedFactor::Sms => {
                self.sms_codes.send(account, flow, context).await.map(FactorChallenge::Sent)
            }
            ChallengedFactor::Webauthn => {
                self.passkeys.begin(account.user.id, flow).await.map(FactorChallenge::Options)
            }
        }
    }
}
