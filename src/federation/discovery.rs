//! What a provider tells about itself, fetched and examined.

use serde::de::DeserializeOwned;
use url::Url;

use crate::crypto::id_token::ProviderKeys;
use crate::model::federation::issuer::IssuerRule;
use crate::model::federation::metadata::Metadata;
use crate::model::federation::{ProviderKind, SignatureAlgorithm};
use crate::outgoing::{Answer, CallError, GuardedClient};

/// The path of metadata below the issuer (OpenID Connect Discovery §4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What is known of a provider.
#[derive(Debug)]
pub struct Discovered {
    /// Its endpoints and abilities.
    pub metadata: Metadata,
    /// The algorithms by which its tokens may be signed.
    pub algorithms: Vec<SignatureAlgorithm>,
    /// Its keys.
    pub keys: ProviderKeys,
}

/// Why nothing is known of a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// It did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It answered with another status than 200.
    #[error("{what}: the provider answered with status {status}")]
    Status {
        /// What was asked for.
        what: &'static str,
        /// Of HTTP.
        status: u16,
    },
    /// It answered with something else.
    #[error("{0}: the answer cannot be read")]
    Unreadable(&'static str),
    /// The issuer in the settings is no URL.
    #[error("the issuer is not a URL")]
    IssuerUrl,
    /// Its metadata are those of another issuer, such as one with a slash at the end.
    #[error("the metadata are of the issuer {0:?}, and not of the configured one")]
    OtherIssuer(String),
    /// An endpoint is not https.
    #[error("an endpoint in the metadata is not https")]
    UnsafeEndpoint,
    /// Its tokens are signed by algorithms that are not accepted, or its keys are for others.
    #[error("the provider has no key for an algorithm that is accepted")]
    NoUsableKey,
    /// It was asked a moment ago without success.
    #[error("the provider could not be asked a moment ago")]
    Resting,
    /// GitHub has no metadata.
    #[error("a provider of this kind has no metadata")]
    NoMetadata,
}

/// Whose metadata are wanted.
pub(super) struct Wanted<'a> {
    pub kind: ProviderKind,
    pub issuer: &'a str,
    pub rule: &'a IssuerRule,
    pub allow_private: bool,
}

/// Fetches metadata and keys.
pub(super) async fn discover(
    client: &GuardedClient,
    wanted: &Wanted<'_>,
) -> Result<Discovered, DiscoveryError> {
    if !wanted.kind.has_id_tokens() {
        return Err(DiscoveryError::NoMetadata);
    }
    let address = format!("{}{WELL_KNOWN}", wanted.issuer.trim_end_matches('/'));
    let url = Url::parse(&address).map_err(|_| DiscoveryError::IssuerUrl)?;
    let metadata: Metadata = read("metadata", &fetch(client, "metadata", url).await?)?;
    if !wanted.rule.accepts_metadata(wanted.issuer, &metadata.issuer) {
        return Err(DiscoveryError::OtherIssuer(metadata.issuer));
    }
    if !metadata.has_safe_endpoints(wanted.allow_private) {
        return Err(DiscoveryError::UnsafeEndpoint);
    }
    let answer = fetch(client, "keys", metadata.jwks_uri.clone()).await?;
    let keys = ProviderKeys::parse(&answer.body).map_err(|_| DiscoveryError::Unreadable("keys"))?;
    let algorithms = metadata.algorithms(wanted.kind);
    if !keys.serves(&algorithms) {
        return Err(DiscoveryError::NoUsableKey);
    }
    Ok(Discovered { metadata, algorithms, keys })
}

async fn fetch(client: &GuardedClient, what: &'static str, url: Url) -> Result<Answer, DiscoveryError> {
    let answer = client.get(url).header("Accept", "application/json").send().await?;
    if answer.status == 200 {
        Ok(answer)
    } else {
        Err(DiscoveryError::Status { what, status: answer.status })
    }
}

fn read<T: DeserializeOwned>(what: &'static str, answer: &Answer) -> Result<T, DiscoveryError> {
    answer.json().ok_or(DiscoveryError::Unreadable(what))
}
