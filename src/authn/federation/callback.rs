//! The answer of a provider, which a browser brings back.

use super::FederatedLogins;
use crate::crypto::seal::SealError;
use crate::federation::{
    CodeExchange, DiscoveryError, ExchangeError, GitHubError, KnownProvider, Presented, ProviderTokens,
    TokenError,
};
use crate::model::federation::authorization_response::{
    AuthorizationResponse, ProviderOutcome, ProviderRefusal, ResponseError,
};
use crate::model::federation::login_state::{BrowserId, LoginState, StateError};
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::federation::federation_use::FederationUse;
use crate::telemetry::metrics::FederationCallbackOutcome;

/// What came back.
#[derive(Debug)]
pub struct CallbackRequest {
    /// The provider whose redirect address was opened.
    pub provider: String,
    /// As the browser has sent it.
    pub query: Secret<String>,
    /// The browser, if it has the cookie.
    pub browser: Option<BrowserId>,
}

/// Where the browser goes on, and with what.
#[derive(Debug)]
pub struct CallbackTarget {
    /// One of the allowed targets, as it was at the start.
    pub return_to: String,
    pub returned: ReturnedWith,
}

/// What the application gets.
#[derive(Debug)]
pub enum ReturnedWith {
    /// A code for the session, or for what else the login was begun for.
    Code(Secret<String>),
    /// The person has turned back at the provider.
    Cancelled,
    /// The provider does not answer, or has a problem of its own.
    Unavailable,
    /// What the provider has told does not count.
    Failed,
}

/// Nothing in the answer shows where the browser should go on.
#[derive(Debug, thiserror::Error)]
pub enum NoTarget {
    #[error("there is no such provider")]
    NotFound,
    /// Made up, of another provider or browser, too late, or used before: one answer for all of them.
    #[error("the answer belongs to no login of this browser")]
    State,
    #[error("too many people wait for providers at the moment")]
    Overloaded,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ResponseError> for NoTarget {
    fn from(_: ResponseError) -> Self {
        Self::State
    }
}

impl From<StateError> for NoTarget {
    fn from(_: StateError) -> Self {
        Self::State
    }
}

/// Why there is no code for the application, although the state counts.
#[derive(Debug, thiserror::Error)]
enum CallbackError {
    #[error("the answer names another issuer")]
    OtherIssuer,
    #[error("the provider has given no ID token")]
    NoIdToken,
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Sealing(#[from] SealError),
}

impl CallbackError {
    /// Whether the provider could not be asked, so that another attempt may succeed.
    const fn is_unavailable(&self) -> bool {
        match self {
            Self::Discovery(_)
            | Self::Token(TokenError::Discovery(_))
            | Self::Exchange(
                ExchangeError::Discovery(_) | ExchangeError::Call(_) | ExchangeError::Status(500..),
            )
            | Self::GitHub(GitHubError::Call(_) | GitHubError::Status(500..)) => true,
            Self::OtherIssuer
            | Self::NoIdToken
            | Self::Exchange(_)
            | Self::Token(_)
            | Self::GitHub(_)
            | Self::Sealing(_) => false,
        }
    }
}

impl ReturnedWith {
    const fn outcome(&self) -> FederationCallbackOutcome {
        match self {
            Self::Code(_) => FederationCallbackOutcome::Returned,
            Self::Cancelled => FederationCallbackOutcome::Cancelled,
            Self::Unavailable => FederationCallbackOutcome::Unavailable,
            Self::Failed => FederationCallbackOutcome::Failed,
        }
    }
}

impl FederatedLogins {
    /// Takes the answer of a provider: uses the state up, exchanges the provider's code and verifies what it gives. No session
    /// is opened here, because a link on any page can make a browser come here.
    ///
    /// # Errors
    /// [`NoTarget`].
    pub async fn callback(&self, request: &CallbackRequest) -> Result<CallbackTarget, NoTarget> {
        let known = self.providers.find(&request.provider).ok_or(NoTarget::NotFound)?;
        let result = self.take_answer(known, request).await;
        let outcome = match &result {
            Ok(target) => target.returned.outcome(),
            Err(NoTarget::Overloaded | NoTarget::Store(_)) => FederationCallbackOutcome::Unavailable,
            Err(NoTarget::NotFound | NoTarget::State) => FederationCallbackOutcome::StateInvalid,
        };
        let kind = known.provider.kind();
        self.env.metrics.federation.with_label_values(&[kind.as_str(), outcome.as_str()]).inc();
        result
    }

    async fn take_answer(
        &self,
        known: &KnownProvider,
        request: &CallbackRequest,
    ) -> Result<CallbackTarget, NoTarget> {
        let response = AuthorizationResponse::read(request.query.expose())?;
        let state = self.sealing().open_state(&request.provider, response.state.expose());
        let state = state.ok_or(NoTarget::State)?;
        state.check(request.browser.as_ref(), self.env.now())?;
        let _place = self.place().ok_or(NoTarget::Overloaded)?;
        let used = FederationUse { id: state.id, expires_at: state.expires_at };
        if !self.env.store.use_federation_state(used).await? {
            return Err(NoTarget::State);
        }
        let returned = match &response.outcome {
            ProviderOutcome::Refused(ProviderRefusal::Cancelled) => ReturnedWith::Cancelled,
            ProviderOutcome::Refused(ProviderRefusal::Unavailable) => ReturnedWith::Unavailable,
            ProviderOutcome::Refused(ProviderRefusal::Other) => {
                tracing::warn!(provider = request.provider, "an identity provider has refused a login");
                ReturnedWith::Failed
            }
            ProviderOutcome::Code(code) => {
                let returned = self.code_of(known, &state, &response, code).await;
                returned.map_or_else(|error| failed(&request.provider, &error), ReturnedWith::Code)
            }
        };
        Ok(CallbackTarget { return_to: state.intent.return_to, returned })
    }

    /// The code for the application, once the provider has told who the person is.
    async fn code_of(
        &self,
        known: &KnownProvider,
        state: &LoginState,
        response: &AuthorizationResponse,
        code: &Secret<String>,
    ) -> Result<Secret<String>, CallbackError> {
        let now = self.env.now();
        if !known.provider.accepts_response(response, now).await? {
            return Err(CallbackError::OtherIssuer);
        }
        let exchange =
            CodeExchange { code, code_verifier: &state.code_verifier, redirect_uri: &known.redirect_uri };
        let tokens = known.provider.exchange(&exchange, now).await?;
        let told = self.identity(known, state, &tokens).await?;
        let name = told.name.clone().or_else(|| response.name.clone());
        let code = state.code(self.env.entropy.as_ref(), VerifiedIdentity { name, ..told }, self.env.now());
        Ok(self.sealing().seal_code(&code)?)
    }

    async fn identity(
        &self,
        known: &KnownProvider,
        state: &LoginState,
        tokens: &ProviderTokens,
    ) -> Result<VerifiedIdentity, CallbackError> {
        if !known.provider.kind().has_id_tokens() {
            return Ok(known.provider.github_identity(&tokens.access_token).await?);
        }
        let id_token = tokens.id_token.as_ref().ok_or(CallbackError::NoIdToken)?;
        let presented = Presented {
            id_token: id_token.expose(),
            nonce: state.nonce.expose(),
            access_token: Some(tokens.access_token.expose()),
        };
        Ok(known.provider.verify(&presented, self.env.now()).await?)
    }
}

/// The reason is for the operator: people are told less.
fn failed(provider: &str, error: &CallbackError) -> ReturnedWith {
    tracing::warn!(provider, %error, "a login with an identity provider has failed");
    if error.is_unavailable() { ReturnedWith::Unavailable } else { ReturnedWith::Failed }
}
