//! ID tokens that an application on a device has got from the provider by itself.

use std::time::Duration;

use super::FederatedLogins;
use super::completion::{CompletionAnswers, FederatedLoginError, FederatedOutcome};
use crate::authn::session_opening::LoginError;
use crate::federation::{IssuedNonce, KnownProvider, Presented, TokenError};
use crate::model::cookie_generation::Cohort;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::login_state::STATE_LIFE;
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::secret::Secret;
use crate::store::federation::federation_use::FederationUse;
use crate::store::session::login::LoginClient;
use crate::telemetry::metrics::{LoginAttemptOutcome, LoginMethod};

/// The longest name that an application may tell, in characters; the same as in Apple's answer.
const LONGEST_NAME: usize = 100;

/// A nonce for one ID token.
#[derive(Debug)]
pub struct NonceIssued {
    pub nonce: Secret<String>,
    pub expires_in: Duration,
}

/// What the application sent.
#[derive(Debug)]
pub struct IdTokenRequest {
    pub provider: String,
    pub id_token: Secret<String>,
    /// As it was issued here; the token contains it or its hash.
    pub nonce: Secret<String>,
    /// The name that Apple has told the application.
    pub name: Option<String>,
    pub answers: CompletionAnswers,
    /// The answer to a challenge of the network's limits.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
}

impl FederatedLogins {
    /// A nonce for an ID token of this provider. Nothing is written.
    ///
    /// # Errors
    /// [`FederatedLoginError`]; `None` if there is no such provider, or it has no ID tokens.
    pub fn nonce(&self, provider: &str) -> Result<Option<NonceIssued>, FederatedLoginError> {
        if self.with_id_tokens(provider).is_none() {
            return Ok(None);
        }
        let nonce = IssuedNonce { id: self.env.new_id(), expires_at: self.env.now().plus(STATE_LIFE) };
        let sealed = self.sealing().seal_nonce(provider, nonce);
        let nonce = sealed.map_err(|_| LoginError::Internal("sealing a nonce"))?;
        Ok(Some(NonceIssued { nonce, expires_in: STATE_LIFE }))
    }

    /// Logs in with an ID token that an application has got from the provider. An identity without an account needs an address
    /// that the provider proves: where it does not, the login begins in a browser.
    ///
    /// # Errors
    /// [`FederatedLoginError`]; `None` if there is no such provider, or it has no ID tokens.
    pub async fn log_in_with_token(
        &self,
        request: IdTokenRequest,
    ) -> Result<Option<FederatedOutcome>, FederatedLoginError> {
        let Some(known) = self.with_id_tokens(&request.provider) else { return Ok(None) };
        let transport = request.client.transport;
        let attempt = self.env.attempt(&request.client.context, request.captcha.as_ref()).await;
        let attempt = attempt.map_err(LoginError::from)?;
        let result = self.take_token(known, request).await;
        if !matches!(result, Err(FederatedLoginError::Failed)) {
            attempt.withdraw().await;
        }
        match &result {
            Ok(FederatedOutcome::Session(login)) => {
                let cohort = self.env.cohort(login, transport);
                self.env.count_login(LoginMethod::Federation, LoginAttemptOutcome::Success, cohort);
            }
            Ok(_) => {
                let outcome = LoginAttemptOutcome::Challenged;
                self.env.count_login(LoginMethod::Federation, outcome, Cohort::NoCookies);
            }
            Err(error) => self.count_failure(error),
        }
        result.map(Some)
    }

    fn with_id_tokens(&self, provider: &str) -> Option<&KnownProvider> {
        self.providers.find(provider).filter(|known| known.provider.kind().has_id_tokens())
    }

    async fn take_token(
        &self,
        known: &KnownProvider,
        request: IdTokenRequest,
    ) -> Result<FederatedOutcome, FederatedLoginError> {
        let now = self.env.now();
        let nonce = self.sealing().open_nonce(&request.provider, request.nonce.expose(), now);
        let nonce = nonce.ok_or(FederatedLoginError::Failed)?;
        let presented = Presented {
            id_token: request.id_token.expose(),
            nonce: request.nonce.expose(),
            access_token: None,
        };
        let told = {
            let _place = self.place().ok_or(LoginError::Overloaded)?;
            known
                .provider
                .verify(&presented, now)
                .await
                .map_err(|error| refused(&request.provider, &error))?
        };
        let name = told.name.clone().or(request.name).filter(|name| name.chars().count() <= LONGEST_NAME);
        let identity = VerifiedIdentity { name, ..told };
        let is_proven = matches!(&identity.email, Some(ToldEmail { is_proven: true, .. }));
        if !is_proven && self.env.store.identity_of_subject(&identity.subject).await?.is_none() {
            return Err(FederatedLoginError::AddressMissing);
        }
        let amr = known.provider.methods(&identity);
        let used = FederationUse { id: nonce.id, expires_at: nonce.expires_at };
        let entrance = self.settle(identity, amr, used, &request.answers, &request.client).await?;
        self.enter(&entrance, request.client).await
    }
}

/// The reason is for the operator.
fn refused(provider: &str, error: &TokenError) -> FederatedLoginError {
    tracing::info!(provider, %error, "an ID token of an application does not count");
    match error {
        TokenError::Discovery(_) => FederatedLoginError::ProviderUnavailable,
        TokenError::Signature(_) | TokenError::Claims(_) => FederatedLoginError::Failed,
    }
}
