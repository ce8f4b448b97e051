//! Signatures of ID tokens and logout tokens that providers issue (RFC 7515), and the keys for them (RFC 7517).
//!
//! Which algorithms count is decided before a token is looked at; what a token says about keys (`jwk`, `jku`, `x5u`, `x5c`)
//! is never read (RFC 8725 §3.1, §3.10).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::federation::SignatureAlgorithm;
use crate::model::federation::id_token::IdTokenClaims;
use crate::model::federation::logout_token::LogoutTokenClaims;

/// Tokens of providers with many groups are long, but not longer than this, in bytes.
const MAX_TOKEN: usize = 32 * 1024;
/// The sizes of an RSA modulus that are accepted, in bytes: 2048 to 8192 bits (NIST SP 800-131A).
const RSA_SIZES: std::ops::RangeInclusive<usize> = 256..=1024;

/// The keys of a provider. Keys that this server cannot use are left out.
pub struct ProviderKeys(Vec<ProviderKey>);

struct ProviderKey {
    kid: Option<String>,
    family: Family,
    /// The one algorithm that the key is for, if it says so.
    algorithm: Option<String>,
    /// The issuer that the key is for, which Microsoft tells.
    issuer: Option<String>,
    key: DecodingKey,
}

/// What a key is made of, and so which algorithms it can be used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// A text that is no JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a set of keys")]
pub struct BadKeys;

/// Why a token's signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a signed token in compact form, or one with extensions that are not known here.
    #[error("not a signed token")]
    Malformed,
    /// A token of another type, such as an access token.
    #[error("a token of another type")]
    Type,
    /// `none`, a shared secret, or another algorithm than the provider's.
    #[error("signed by an algorithm that the provider does not use")]
    Algorithm,
    /// The provider may have new keys.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature was made with another key, or for another token.
    #[error("the signature is wrong")]
    Signature,
    /// The claims cannot be read.
    #[error("the claims are not those of a token of this type")]
    Claims,
}

impl SignatureError {
    /// The word in security events and metrics.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Type => "type",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Claims => "claims",
        }
    }
}

/// An ID token whose signature is right. Its claims are still to be examined.
pub type SignedIdToken = SignedToken<IdTokenClaims>;
/// A logout token whose signature is right. Its claims are still to be examined.
pub type SignedLogoutToken = SignedToken<LogoutTokenClaims>;

/// A token whose signature is right, with its claims.
#[derive(Clone, Debug)]
pub struct SignedToken<C> {
    /// What the provider says.
    pub claims: C,
    /// How it was signed, which decides how `at_hash` is computed.
    pub algorithm: SignatureAlgorithm,
    /// The issuer that the signing key is for, where the provider tells.
    pub key_issuer: Option<String>,
}

/// What a token says that it is for, in its header (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenType {
    /// `JWT`, or nothing: providers do not type their ID tokens otherwise.
    IdToken,
    /// `logout+jwt`, and nothing else, so that no other token ends sessions (OpenID Connect Back-Channel Logout 1.0 §2.4;
    /// ASVS 5.0 §10.5.5).
    LogoutToken,
}

impl TokenType {
    /// The prefix `application/` may be left out (RFC 7515 §4.1.9).
    fn admits(self, typ: Option<&str>) -> bool {
        let short = typ.map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        match self {
            Self::IdToken => typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")),
            Self::LogoutToken => short.is_some_and(|typ| typ.eq_ignore_ascii_case("logout+jwt")),
        }
    }
}

/// Members with a meaning that this server does not know make a token that it does not understand (RFC 7515 §4.1.11, RFC
/// 7797, RFC 7516).
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
    #[serde(default)]
    b64: Option<Value>,
    #[serde(default)]
    enc: Option<Value>,
    #[serde(default)]
    zip: Option<Value>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl ProviderKeys {
    /// Reads a JWK Set. A key of an unknown kind is no reason to refuse the others (RFC 7517 §5).
    ///
    /// # Errors
    /// [`BadKeys`] if it is no JWK Set.
    pub fn parse(body: &[u8]) -> Result<Self, BadKeys> {
        let set: Set = serde_json::from_slice(body).map_err(|_| BadKeys)?;
        let usable = |key| serde_json::from_value::<Jwk>(key).ok().and_then(ProviderKey::new);
        Ok(Self(set.keys.into_iter().filter_map(usable).collect()))
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key can be used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key can be used with one of these algorithms.
    pub fn serves(&self, algorithms: &[SignatureAlgorithm]) -> bool {
        self.0.iter().any(|key| algorithms.iter().any(|algorithm| key.fits(*algorithm)))
    }

    /// Verifies the signature of an ID token.
    ///
    /// # Errors
    /// [`SignatureError`]. After [`SignatureError::UnknownKey`] the keys may be fetched again.
    pub fn verify(
        &self,
        token: &str,
        algorithms: &[SignatureAlgorithm],
    ) -> Result<SignedIdToken, SignatureError> {
        self.verify_typed(token, algorithms, TokenType::IdToken)
    }

    /// Verifies the signature of a logout token.
    ///
    /// # Errors
    /// [`SignatureError`], as for an ID token.
    pub fn verify_logout(
        &self,
        token: &str,
        algorithms: &[SignatureAlgorithm],
    ) -> Result<SignedLogoutToken, SignatureError> {
        self.verify_typed(token, algorithms, TokenType::LogoutToken)
    }

    fn verify_typed<C: DeserializeOwned>(
        &self,
        token: &str,
        algorithms: &[SignatureAlgorithm],
        wanted: TokenType,
    ) -> Result<SignedToken<C>, SignatureError> {
        let (message, payload, signature) = parts(token)?;
        let header = read_header(message, wanted)?;
        let algorithm = SignatureAlgorithm::from_name(&header.alg).ok_or(SignatureError::Algorithm)?;
        if !algorithms.contains(&algorithm) {
            return Err(SignatureError::Algorithm);
        }
        let key = self.find(header.kid.as_deref(), algorithm).ok_or(SignatureError::UnknownKey)?;
        let verified =
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, name_of(algorithm));
        if !verified.is_ok_and(|is_right| is_right) {
            return Err(SignatureError::Signature);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| SignatureError::Claims)?;
        let claims = serde_json::from_slice(&payload).map_err(|_| SignatureError::Claims)?;
        Ok(SignedToken { claims, algorithm, key_issuer: key.issuer.clone() })
    }

    /// The key of this name. A token that names none is signed by the only key that fits (OpenID Connect Core §10.1).
    fn find(&self, kid: Option<&str>, algorithm: SignatureAlgorithm) -> Option<&ProviderKey> {
        let mut fitting = self.0.iter().filter(|key| key.fits(algorithm));
        match kid {
            Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

impl std::fmt::Debug for ProviderKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kids = self.0.iter().map(|key| key.kid.as_deref().unwrap_or_default());
        formatter.debug_list().entries(kids).finish()
    }
}

impl ProviderKey {
    fn new(jwk: Jwk) -> Option<Self> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let (family, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => (Family::Rsa, rsa_key(&jwk)?),
            ("EC", Some("P-256")) => (Family::P256, DecodingKey::from_ec_components(&jwk.x, &jwk.y).ok()?),
            ("EC", Some("P-384")) => (Family::P384, DecodingKey::from_ec_components(&jwk.x, &jwk.y).ok()?),
            ("OKP", Some("Ed25519")) => (Family::Ed25519, DecodingKey::from_ed_components(&jwk.x).ok()?),
            _ => return None,
        };
        Some(Self { kid: jwk.kid, family, algorithm: jwk.alg, issuer: jwk.issuer, key })
    }

    fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        let is_named = self.algorithm.as_deref().is_none_or(|name| name == algorithm.as_str());
        is_named && self.family == family_of(algorithm)
    }
}

fn rsa_key(jwk: &Jwk) -> Option<DecodingKey> {
    let modulus = URL_SAFE_NO_PAD.decode(&jwk.n).ok()?;
    let length = modulus.iter().skip_while(|byte| **byte == 0).count();
    if !RSA_SIZES.contains(&length) {
        return None;
    }
    DecodingKey::from_rsa_components(&jwk.n, &jwk.e).ok()
}

/// What was signed, the payload in it, and the signature.
fn parts(token: &str) -> Result<(&str, &str, &str), SignatureError> {
    if token.len() > MAX_TOKEN {
        return Err(SignatureError::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(SignatureError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(SignatureError::Malformed)?;
    let is_compact = !header.is_empty() && !payload.is_empty() && !payload.contains('.');
    if is_compact { Ok((message, payload, signature)) } else { Err(SignatureError::Malformed) }
}

fn read_header(message: &str, wanted: TokenType) -> Result<Header, SignatureError> {
    let encoded = message.split('.').next().unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SignatureError::Malformed)?;
    let header: Header = serde_json::from_slice(&decoded).map_err(|_| SignatureError::Malformed)?;
    let is_extended = [&header.crit, &header.b64, &header.enc, &header.zip].into_iter().any(Option::is_some);
    if is_extended {
        return Err(SignatureError::Malformed);
    }
    if wanted.admits(header.typ.as_deref()) { Ok(header) } else { Err(SignatureError::Type) }
}

const fn family_of(algorithm: SignatureAlgorithm) -> Family {
    match algorithm {
        SignatureAlgorithm::Rs256
        | SignatureAlgorithm::Rs384
        | SignatureAlgorithm::Rs512
        | SignatureAlgorithm::Ps256
        | SignatureAlgorithm::Ps384
        | SignatureAlgorithm::Ps512 => Family::Rsa,
        SignatureAlgorithm::Es256 => Family::P256,
        SignatureAlgorithm::Es384 => Family::P384,
        SignatureAlgorithm::EdDsa => Family::Ed25519,
    }
}

const fn name_of(algorithm: SignatureAlgorithm) -> Algorithm {
    match algorithm {
        SignatureAlgorithm::Rs256 => Algorithm::RS256,
        SignatureAlgorithm::Rs384 => Algorithm::RS384,
        SignatureAlgorithm::Rs512 => Algorithm::RS512,
        SignatureAlgorithm::Ps256 => Algorithm::PS256,
        SignatureAlgorithm::Ps384 => Algorithm::PS384,
        SignatureAlgorithm::Ps512 => Algorithm::PS512,
        SignatureAlgorithm::Es256 => Algorithm::ES256,
        SignatureAlgorithm::Es384 => Algorithm::ES384,
        SignatureAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// The value of `at_hash` for an access token: the left half of its hash, by the hash of the signature (OpenID Connect
/// Core §3.1.3.6). For Ed25519 that is SHA-512.
pub fn access_token_hash(algorithm: SignatureAlgorithm, access_token: &str) -> String {
    let hash = match algorithm {
        SignatureAlgorithm::Rs256 | SignatureAlgorithm::Ps256 | SignatureAlgorithm::Es256 => &digest::SHA256,
        SignatureAlgorithm::Rs384 | SignatureAlgorithm::Ps384 | SignatureAlgorithm::Es384 => &digest::SHA384,
        SignatureAlgorithm::Rs512 | SignatureAlgorithm::Ps512 | SignatureAlgorithm::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// The hashed spelling of a nonce, which native libraries of Apple and Firebase put into tokens: SHA-256 in hexadecimal
/// digits.
pub fn hashed_nonce(nonce: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, nonce.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests;
