//! The beginning of a login: where a browser is sent (OpenID Connect Core §3.1.2.1, RFC 9700 §2.1).

use url::Url;

use super::discovery::DiscoveryError;
use super::provider::Provider;
use crate::clock::Timestamp;
use crate::model::federation::ProviderKind;
use crate::model::federation::authorization_response::AuthorizationResponse;
use crate::model::federation::pkce;
use crate::secret::Secret;

/// What a login begins with. The three secrets are drawn for this login alone.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// Where the provider sends the browser back to: an address for each provider, so that an answer of one provider is
    /// never taken for one of another (RFC 9700 §4.4.2.2).
    pub redirect_uri: &'a Url,
    /// Comes back with the answer, and binds it to the browser.
    pub state: &'a Secret<String>,
    /// Comes back in the ID token, and binds it to this login.
    pub nonce: &'a Secret<String>,
    /// Stays here until the code is exchanged.
    pub code_verifier: &'a Secret<String>,
    /// Whether the person has to authenticate again, even in a live session at the provider.
    pub reauthenticate: bool,
}

/// The endpoints of the authorization code flow.
pub(super) struct Endpoints {
    pub authorization: Url,
    pub token: Url,
}

impl Provider {
    /// The address at the provider where the browser is sent.
    ///
    /// # Errors
    /// [`DiscoveryError`] if the provider's endpoints are not known.
    pub async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
        now: Timestamp,
    ) -> Result<Url, DiscoveryError> {
        let mut url = self.endpoints(now).await?.authorization;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", self.client_id())
                .append_pair("redirect_uri", request.redirect_uri.as_str())
                .append_pair("scope", &self.scopes.join(" "))
                .append_pair("state", request.state.expose())
                .append_pair("code_challenge", &pkce::code_challenge(request.code_verifier))
                .append_pair("code_challenge_method", pkce::METHOD);
            if self.kind.has_id_tokens() {
                query.append_pair("nonce", request.nonce.expose());
            }
            // Apple demands it where the name or the address is asked for.
            if self.kind == ProviderKind::Apple {
                query.append_pair("response_mode", "form_post");
            }
            if request.reauthenticate {
                query.append_pair("prompt", "login").append_pair("max_age", "0");
            }
        }
        Ok(url)
    }

    /// Whether this provider may have sent this answer, as far as its `iss` says (RFC 9207): a defence against mix-ups beside
    /// the redirect address of each provider.
    ///
    /// # Errors
    /// [`DiscoveryError`] if the provider's metadata are not known.
    pub async fn accepts_response(
        &self,
        response: &AuthorizationResponse,
        now: Timestamp,
    ) -> Result<bool, DiscoveryError> {
        let is_announced = if self.kind.has_id_tokens() {
            self.discovered(now).await?.metadata.authorization_response_iss_parameter_supported
        } else {
            false
        };
        Ok(self.rule.accepts_response(response.iss.as_deref(), is_announced))
    }

    /// The endpoints in the metadata; those of GitHub are fixed.
    pub(super) async fn endpoints(&self, now: Timestamp) -> Result<Endpoints, DiscoveryError> {
        if self.kind.has_id_tokens() {
            let known = self.discovered(now).await?;
            let metadata = &known.metadata;
            return Ok(Endpoints {
                authorization: metadata.authorization_endpoint.clone(),
                token: metadata.token_endpoint.clone(),
            });
        }
        let base = self.issuer.trim_end_matches('/');
        let below = |path| Url::parse(&format!("{base}/login/oauth/{path}"));
        match (below("authorize"), below("access_token")) {
            (Ok(authorization), Ok(token)) => Ok(Endpoints { authorization, token }),
            _ => Err(DiscoveryError::IssuerUrl),
        }
    }
}
