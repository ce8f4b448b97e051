//! A code becomes tokens (OpenID Connect Core §3.1.3, RFC 6749 §4.1.3).

use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::discovery::DiscoveryError;
use super::provider::{Credential, Provider};
use crate::clock::Timestamp;
use crate::crypto::apple_secret::BadAppleKey;
use crate::outgoing::{Answer, CallError};
use crate::secret::Secret;

/// The longest error code of a provider that is kept.
const LONGEST_ERROR: usize = 40;

/// A code that came back, with what belongs to its login.
#[derive(Clone, Copy, Debug)]
pub struct CodeExchange<'a> {
    /// Counts once, and for a minute or so.
    pub code: &'a Secret<String>,
    /// Whose challenge the login began with.
    pub code_verifier: &'a Secret<String>,
    /// The same as at the beginning.
    pub redirect_uri: &'a Url,
}

/// What the provider gave for a code.
#[derive(Clone, Debug)]
pub struct ProviderTokens {
    /// For calls to the provider.
    pub access_token: Secret<String>,
    /// Says who the person is, once it is verified. GitHub has none.
    pub id_token: Option<Secret<String>>,
    /// Apple: for the revocation that the deletion of an account demands.
    pub refresh_token: Option<Secret<String>>,
}

/// Why there are no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The provider's endpoints are not known.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The provider did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The provider refuses the code, or this client: the code of RFC 6749 §5.2.
    #[error("the provider answered with the error {0}")]
    Refused(String),
    /// An answer without an error code.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// An answer with status 200 that lacks what it must have.
    #[error("the provider's answer lacks a token or cannot be read")]
    Incomplete,
    /// The secret for Apple cannot be made.
    #[error(transparent)]
    Secret(#[from] BadAppleKey),
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    id_token: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

impl Provider {
    /// Exchanges a code, once: a second attempt would make the provider revoke what the first one gave (RFC 6749
    /// §4.1.2).
    ///
    /// # Errors
    /// [`ExchangeError`]. The code may be spent.
    pub async fn exchange(
        &self,
        exchange: &CodeExchange<'_>,
        now: Timestamp,
    ) -> Result<ProviderTokens, ExchangeError> {
        let endpoint = self.endpoints(now).await?.token;
        let minted = match &self.credential {
            Credential::Apple(key) => Some(key.client_secret(self.client_id(), &self.issuer, now)?),
            Credential::None | Credential::Basic(_) | Credential::Post(_) => None,
        };
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", exchange.code.expose().as_str()),
            ("redirect_uri", exchange.redirect_uri.as_str()),
            ("code_verifier", exchange.code_verifier.expose().as_str()),
        ];
        let call = self.client.post(endpoint).header("Accept", "application/json");
        let call = match (&self.credential, &minted) {
            (Credential::Basic(secret), _) => {
                call.basic_auth(&encoded(self.client_id()), &Secret::new(encoded(secret.expose())))
            }
            (Credential::Post(secret), _) | (_, Some(secret)) => {
                form.extend([("client_id", self.client_id()), ("client_secret", secret.expose().as_str())]);
                call
            }
            _ => {
                form.push(("client_id", self.client_id()));
                call
            }
        };
        let answer = call.form(&form).send().await?;
        self.tokens(&answer)
    }

    /// GitHub tells errors with status 200, so the error counts before the status.
    fn tokens(&self, answer: &Answer) -> Result<ProviderTokens, ExchangeError> {
        let body: Option<Body> = answer.json();
        if let Some(error) = body.as_ref().and_then(|body| body.error.as_deref()) {
            return Err(ExchangeError::Refused(error_code(error)));
        }
        if answer.status != 200 {
            return Err(ExchangeError::Status(answer.status));
        }
        let body = body.ok_or(ExchangeError::Incomplete)?;
        let access_token = body.access_token.filter(|token| !token.is_empty());
        let access_token = Secret::new(access_token.ok_or(ExchangeError::Incomplete)?);
        let id_token = body.id_token.map(Secret::new);
        if self.kind.has_id_tokens() && id_token.is_none() {
            return Err(ExchangeError::Incomplete);
        }
        Ok(ProviderTokens { access_token, id_token, refresh_token: body.refresh_token.map(Secret::new) })
    }
}

/// Ids and secrets are encoded as in a form before they are joined (RFC 6749 §2.3.1).
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The code as it is, if it looks like one: it reaches logs.
fn error_code(told: &str) -> String {
    let is_code =
        told.len() <= LONGEST_ERROR && told.chars().all(|sign| sign == '_' || sign.is_ascii_lowercase());
    if is_code { told.to_owned() } else { "unknown".to_owned() }
}
