//! What a provider tells about itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use serde::Deserialize;
use url::Url;

use super::{ProviderKind, SignatureAlgorithm};

/// The members of the metadata that matter here. Others are passed over.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Metadata {
    /// Compared with the configured issuer before anything else is believed.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    /// Where codes are exchanged.
    pub token_endpoint: Url,
    /// Where the keys are.
    pub jwks_uri: Url,
    /// Where people are logged out at the provider, if they can be.
    #[serde(default)]
    pub end_session_endpoint: Option<Url>,
    /// The algorithms of ID tokens.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// How clients may authenticate at the token endpoint. Without the member it is `client_secret_basic`.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The transformations of PKCE. Some providers know PKCE and do not tell.
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether answers to the browser carry `iss` (RFC 9207 §3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// The algorithms by which tokens of the provider may be signed. They are pinned: by the provider's documentation
    /// where there is one, else by its metadata; without both it is RS256, which every provider has (OpenID Connect Core
    /// §3.1.3.7, step 7).
    pub fn algorithms(&self, kind: ProviderKind) -> Vec<SignatureAlgorithm> {
        match kind {
            ProviderKind::Google | ProviderKind::Apple | ProviderKind::Microsoft => {
                vec![SignatureAlgorithm::Rs256]
            }
            ProviderKind::GitHub => Vec::new(),
            ProviderKind::Oidc => {
                let announced = &self.id_token_signing_alg_values_supported;
                let known: Vec<_> =
                    announced.iter().filter_map(|name| SignatureAlgorithm::from_name(name)).collect();
                if announced.is_empty() { vec![SignatureAlgorithm::Rs256] } else { known }
            }
        }
    }

    /// Whether the endpoints may be called, and browsers sent there: by https, or by `http` where the settings admit
    /// private addresses.
    pub fn has_safe_endpoints(&self, allow_private: bool) -> bool {
        let endpoints = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        endpoints.into_iter().chain(&self.end_session_endpoint).all(|endpoint| {
            let is_safe = endpoint.scheme() == "https" || (allow_private && endpoint.scheme() == "http");
            is_safe && endpoint.has_host() && endpoint.username().is_empty() && endpoint.password().is_none()
        })
    }

    /// Whether clients may authenticate in this way, such as `client_secret_post`.
    pub fn admits_client_auth(&self, method: &str) -> bool {
        let announced = &self.token_endpoint_auth_methods_supported;
        if announced.is_empty() {
            method == "client_secret_basic"
        } else {
            announced.iter().any(|m| m == method)
        }
    }

    /// Whether the metadata say that PKCE with S256 is not known.
    pub fn denies_s256(&self) -> bool {
        let announced = &self.code_challenge_methods_supported;
        !announced.is_empty() && !announced.iter().any(|method| method == "S256")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn metadata(members: Value) -> Metadata {
        let mut all = json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
            "claims_supported": ["sub"],
        });
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn algorithms_are_pinned() {
        let announced = metadata(json!({
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256", "XX1"],
        }));
        assert_eq!(
            announced.algorithms(ProviderKind::Oidc),
            [SignatureAlgorithm::Es256, SignatureAlgorithm::Rs256]
        );
        for kind in [ProviderKind::Google, ProviderKind::Apple, ProviderKind::Microsoft] {
            assert_eq!(announced.algorithms(kind), [SignatureAlgorithm::Rs256]);
        }
        assert_eq!(metadata(json!({})).algorithms(ProviderKind::Oidc), [SignatureAlgorithm::Rs256]);
        let symmetric = metadata(json!({ "id_token_signing_alg_values_supported": ["HS256", "none"] }));
        assert!(symmetric.algorithms(ProviderKind::Oidc).is_empty());
        assert!(announced.algorithms(ProviderKind::GitHub).is_empty(), "it has no tokens");
    }

    #[test]
    fn endpoints_are_called_by_https() {
        assert!(metadata(json!({})).has_safe_endpoints(false));
        for (name, url) in [
            ("token_endpoint", "http://id.example/token"),
            ("jwks_uri", "http://id.example/keys"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("authorization_endpoint", "data:text/html,x"),
            ("end_session_endpoint", "http://id.example/logout"),
            ("token_endpoint", "https://user:secret@id.example/token"),
            ("token_endpoint", "https://user@id.example/token"),
            ("token_endpoint", "https://:secret@id.example/token"),
        ] {
            assert!(!metadata(json!({ name: url })).has_safe_endpoints(false), "{url}");
        }
        assert!(metadata(json!({ "token_endpoint": "http://id.example/token" })).has_safe_endpoints(true));
        for url in ["javascript:alert(1)", "ftp://id.example/authorize", "http://user@id.example/authorize"] {
            assert!(!metadata(json!({ "authorization_endpoint": url })).has_safe_endpoints(true), "{url}");
        }
    }

    #[test]
    fn silence_is_read_as_the_standards_say() {
        let silent = metadata(json!({}));
        assert!(silent.admits_client_auth("client_secret_basic"));
        assert!(!silent.admits_client_auth("client_secret_post"));
        assert!(!silent.denies_s256());
        let telling = metadata(json!({
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["plain"],
        }));
        assert!(telling.admits_client_auth("client_secret_post"));
        assert!(!telling.admits_client_auth("client_secret_basic"));
        assert!(telling.denies_s256());
        for (methods, is_denied) in [(["plain", "S256"], false), (["plain", "s256"], true)] {
            let told = metadata(json!({ "code_challenge_methods_supported": methods }));
            assert_eq!(told.denies_s256(), is_denied, "{methods:?}");
        }
    }
}
