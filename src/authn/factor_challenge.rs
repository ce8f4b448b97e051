//! What a second factor needs before it can be presented.

use serde_json::Value;
use uuid::Uuid;

use super::{Authn, FactorError, SecondStepError, SmsSent, StepUpError};
use crate::model::factor::{Flow, FlowPurpose};
use crate::model::security_event::RequestContext;
use crate::secret::Secret;
use crate::store::account::Account;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengedFactor {
    /// A code is sent.
    Sms,
    /// A passkey is asked to sign.
    Webauthn,
}

/// What it needs.
#[derive(Debug)]
pub enum FactorChallenge {
    Sent(SmsSent),
    /// The options of `navigator.credentials.get()`.
    Options(Value),
}

/// Who steps up, and by what.
#[derive(Clone, Debug)]
pub struct StepUpChallengeRequest {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub factor: ChallengedFactor,
    pub context: RequestContext,
}

impl Authn {
    /// For a login that waits.
    ///
    /// # Errors
    /// [`SecondStepError`].
    pub async fn challenge_login(
        &self,
        token: &Secret<String>,
        factor: ChallengedFactor,
        context: &RequestContext,
    ) -> Result<FactorChallenge, SecondStepError> {
        let (challenge, account) = self.open_challenge(token).await?;
        let flow = Flow { purpose: FlowPurpose::Login, id: challenge.id };
        Ok(self.challenge_factor(&account, factor, flow, context).await?)
    }

    /// For a session that steps up.
    ///
    /// # Errors
    /// [`StepUpError`].
    pub async fn challenge_step_up(
        &self,
        request: StepUpChallengeRequest,
    ) -> Result<FactorChallenge, StepUpError> {
        let account =
            self.acting(request.user_id, request.session_id).await?.ok_or(StepUpError::NoAccount)?;
        let flow = Flow { purpose: FlowPurpose::StepUp, id: request.session_id };
        Ok(self.challenge_factor(&account, request.factor, flow, &request.context).await?)
    }

    async fn challenge_factor(
        &self,
        account: &Account,
        factor: ChallengedFactor,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<FactorChallenge, FactorError> {
        match factor {
            ChallengedFactor::Sms => {
                self.send_sms_code(account, flow, context).await.map(FactorChallenge::Sent)
            }
            ChallengedFactor::Webauthn => {
                self.begin_passkey_proof(account.user.id, flow).await.map(FactorChallenge::Options)
            }
        }
    }
}
