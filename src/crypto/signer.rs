//! Access tokens in JWS compact form (RFC 7515 §7.1), and the keys that sign them.
//!
//! Signatures are verified by `jsonwebtoken`. Signing goes to AWS-LC directly with the key parsed once: the
//! library parses it again for every token (see docs/adr/0003).

mod key;

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::model::access_token::{Claims, TYP};
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::{Ed25519Name, SigningAlgorithm};
use crate::secret::Secret;

pub use self::key::{BadKey, SigningKey, public_half};
use self::key::{PrivateKey, PublicKey};

/// No access token of ours comes near this length, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// What a check of the active key signs. It is no token: it has no dot.
const CHECKED: &[u8] = b"kindred health check";

/// Why a text is no access token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("not an access token")]
    Malformed,
    #[error("signed with an unknown key")]
    UnknownKey,
    #[error("the signature is wrong")]
    Signature,
}

/// What access tokens are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFormat {
    /// `tokens.signing_algorithm`. As long as there is no active key of it, ES256 signs, or whatever there is.
    pub algorithm: SigningAlgorithm,
    /// `tokens.ed25519_name`
    pub ed25519_name: Ed25519Name,
}

impl Default for TokenFormat {
    fn default() -> Self {
        Self { algorithm: SigningAlgorithm::Es256, ed25519_name: Ed25519Name::Ed25519 }
    }
}

/// Signs and verifies with the current set of keys.
pub struct Signer {
    keys: RwLock<Arc<KeySet>>,
    format: TokenFormat,
}

struct KeySet {
    active: ActiveKey,
    verifying: HashMap<String, PublicKey>,
    published: Published,
}

struct ActiveKey {
    kid: String,
    private: PrivateKey,
    /// The encoded header with its dot: the same for every token of the key.
    header: String,
    activated_at: Option<Timestamp>,
}

/// The JWK Set (RFC 7517 §5) as it is served, and the states of its keys, for metrics.
#[derive(Clone, Debug)]
pub struct Published {
    pub body: String,
    /// Strong entity tag (RFC 9110 §8.8.3), quotes included.
    pub etag: String,
    pub states: Vec<KeyState>,
}

/// The only header that is accepted: no `jwk`, `jku`, `x5u`, `x5c`, `crit` or `b64` (RFC 8725 §3.10).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl Signer {
    /// # Errors
    /// [`BadKey`] unless there is an active key, and one only of each algorithm, with its private half, and all keys are
    /// named by their thumbprints.
    pub fn new(keys: &[SigningKey], format: TokenFormat) -> Result<Self, BadKey> {
        Ok(Self { keys: RwLock::new(Arc::new(KeySet::build(keys, format)?)), format })
    }

    /// Goes on with another set of keys.
    ///
    /// # Errors
    /// [`BadKey`] as for [`Signer::new`]; then the set is as it was.
    pub fn replace(&self, keys: &[SigningKey]) -> Result<(), BadKey> {
        let set = Arc::new(KeySet::build(keys, self.format)?);
        *self.keys.write() = set;
        Ok(())
    }

    /// Signs the claims with the active key.
    ///
    /// # Errors
    /// [`BadKey`] if the provider cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<Secret<String>, BadKey> {
        let keys = self.current();
        let payload = serde_json::to_vec(claims).map_err(|_| BadKey)?;
        let mut token = String::with_capacity(keys.active.header.len() + payload.len() * 4 / 3 + 96);
        token.push_str(&keys.active.header);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        let signature = keys.active.private.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(Secret::new(token))
    }

    /// Checks form, key and signature, in this order; the claims are not believed before.
    ///
    /// # Errors
    /// [`VerifyError`]. Whether the claims are valid now, [`Claims::check`] tells.
    pub fn verify(&self, token: &str) -> Result<(String, Claims), VerifyError> {
        if token.len() > MAX_TOKEN || token.split('.').count() != 3 {
            return Err(VerifyError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (encoded, payload) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        let header = accepted_header(encoded)?;
        let keys = self.current();
        let key = keys.verifying.get(&header.kid).ok_or(VerifyError::UnknownKey)?;
        // The token's word about its algorithm is compared with the key's, and never followed (RFC 8725 §3.1).
        if !key.algorithm.has_name(&header.alg) {
            return Err(VerifyError::Malformed);
        }
        if !key.verifies(signature, message.as_bytes()) {
            return Err(VerifyError::Signature);
        }
        let claims = URL_SAFE_NO_PAD.decode(payload).map_err(|_| VerifyError::Signature)?;
        let claims = serde_json::from_slice(&claims).map_err(|_| VerifyError::Signature)?;
        Ok((header.kid, claims))
    }

    /// Whether tokens of this key are still accepted.
    pub fn accepts(&self, kid: &str) -> bool {
        self.current().verifying.contains_key(kid)
    }

    pub fn published(&self) -> Published {
        self.current().published.clone()
    }

    /// Signs with the active key, and verifies that with its public half.
    ///
    /// # Errors
    /// [`BadKey`] if one of them fails.
    pub fn check(&self) -> Result<(), BadKey> {
        let keys = self.current();
        let signature = URL_SAFE_NO_PAD.encode(keys.active.private.sign(CHECKED)?.as_ref());
        let key = keys.verifying.get(&keys.active.kid).ok_or(BadKey)?;
        if key.verifies(&signature, CHECKED) { Ok(()) } else { Err(BadKey) }
    }

    /// When the key that signs access tokens began to.
    pub fn active_since(&self) -> Option<Timestamp> {
        self.current().active.activated_at
    }

    fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Signer")
    }
}

fn accepted_header(encoded: &str) -> Result<Header, VerifyError> {
    let decoded = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| VerifyError::Malformed)?;
    let header: Header = serde_json::from_slice(&decoded).map_err(|_| VerifyError::Malformed)?;
    let is_known = SigningAlgorithm::ALL.into_iter().any(|algorithm| algorithm.has_name(&header.alg));
    if header.typ != TYP || !is_known {
        return Err(VerifyError::Malformed);
    }
    Ok(header)
}

impl KeySet {
    fn build(keys: &[SigningKey], format: TokenFormat) -> Result<Self, BadKey> {
        let mut verifying = HashMap::new();
        for key in keys {
            verifying.insert(key.kid.clone(), key.public()?);
        }
        let mut active = Vec::new();
        for algorithm in SigningAlgorithm::ALL {
            let of_algorithm =
                |key: &&SigningKey| key.state == KeyState::Active && key.algorithm == algorithm;
            let mut keys = keys.iter().filter(of_algorithm);
            if let Some(key) = keys.next() {
                active.push((algorithm, ActiveKey::new(key, format)?));
            }
            if keys.next().is_some() {
                return Err(BadKey);
            }
        }
        let place = active.iter().position(|(algorithm, _)| *algorithm == format.algorithm);
        let place = place.or_else(|| (!active.is_empty()).then_some(0)).ok_or(BadKey)?;
        Ok(Self { active: active.swap_remove(place).1, verifying, published: publish(keys, format) })
    }
}

impl ActiveKey {
    fn new(key: &SigningKey, format: TokenFormat) -> Result<Self, BadKey> {
        let alg = key.algorithm.name(format.ed25519_name);
        let header = json!({ "typ": TYP, "alg": alg, "kid": key.kid }).to_string();
        Ok(Self {
            kid: key.kid.clone(),
            private: key.private()?,
            header: format!("{}.", URL_SAFE_NO_PAD.encode(header)),
            activated_at: key.activated_at,
        })
    }
}

fn publish(keys: &[SigningKey], format: TokenFormat) -> Published {
    let public: Vec<Value> = keys
        .iter()
        .map(|key| {
            let mut jwk = key.public_jwk.clone();
            jwk["alg"] = json!(key.algorithm.name(format.ed25519_name));
            jwk
        })
        .collect();
    let body = json!({ "keys": public }).to_string();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
    let etag = format!("\"{}\"", hex::encode(&digest.as_ref()[..16]));
    Published { body, etag, states: keys.iter().map(|key| key.state).collect() }
}

#[cfg(test)]
mod tests;
