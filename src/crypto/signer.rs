//! Access tokens: ES256 (RFC 7518 §3.4) in JWS compact form (RFC 7515 §7.1).
//!
//! Verification is `jsonwebtoken`'s. Signing goes to AWS-LC directly with the key parsed once: the
//! library parses it again for every token (see docs/adr/0003).

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::model::access_token::{Claims, TYP};
use crate::model::key_state::KeyState;
use crate::secret::Secret;

/// The one algorithm that is issued and accepted.
pub const ALGORITHM: &str = "ES256";
/// No access token of ours comes near this length, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// What a check of the active key signs. It is no token: it has no dot.
const CHECKED: &[u8] = b"kindred health check";

/// A key. The private half leaves this module sealed only.
pub struct SigningKey {
    /// The thumbprint of the public half (RFC 7638).
    pub kid: String,
    pub state: KeyState,
    /// Of the active key only.
    pub pkcs8: Option<Secret<Vec<u8>>>,
    pub public_jwk: Value,
    pub activated_at: Option<Timestamp>,
}

/// The key material is not a P-256 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable P-256 signing key")]
pub struct BadKey;

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

impl SigningKey {
    /// A fresh key, and its private half to be sealed.
    ///
    /// # Errors
    /// [`BadKey`] if the provider cannot make a key.
    pub fn generate(state: KeyState, now: Timestamp) -> Result<(Self, Secret<Vec<u8>>), BadKey> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| BadKey)?;
        let pkcs8 = Secret::new(pair.to_pkcs8v1().map_err(|_| BadKey)?.as_ref().to_vec());
        let (kid, public_jwk) = public_jwk(&pair)?;
        let activated_at = (state == KeyState::Active).then_some(now);
        let own = (state == KeyState::Active).then(|| pkcs8.clone());
        Ok((Self { kid, state, pkcs8: own, public_jwk, activated_at }, pkcs8))
    }
}

/// The thumbprint and the public half of a private one.
///
/// # Errors
/// [`BadKey`].
pub fn public_half(pkcs8: &[u8]) -> Result<(String, Value), BadKey> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
    public_jwk(&pair.map_err(|_| BadKey)?)
}

/// The thumbprint of the public half (RFC 7638), and that half itself (RFC 7517, RFC 7518 §6.2).
fn public_jwk(pair: &EcdsaKeyPair) -> Result<(String, Value), BadKey> {
    // Uncompressed point (SEC 1 §2.3.3): 0x04, x, y.
    let point = pair.public_key().as_ref();
    let (x, y) = point.get(1..).and_then(|xy| xy.split_at_checked(32)).ok_or(BadKey)?;
    let mut jwk = json!({
        "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    });
    let parsed: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| BadKey)?;
    let kid = parsed.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)?;
    jwk["kid"] = json!(kid);
    jwk["alg"] = json!(ALGORITHM);
    jwk["use"] = json!("sig");
    Ok((kid, jwk))
}

/// Signs and verifies with the current set of keys.
pub struct Signer {
    keys: RwLock<Arc<KeySet>>,
    validation: Validation,
}

struct KeySet {
    active: ActiveKey,
    verifying: HashMap<String, DecodingKey>,
    published: Published,
}

struct ActiveKey {
    kid: String,
    pair: EcdsaKeyPair,
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
    /// [`BadKey`] unless exactly one key is active, with its private half, and all are P-256 keys named by their
    /// thumbprints.
    pub fn new(keys: &[SigningKey]) -> Result<Self, BadKey> {
        let mut validation = Validation::new(Algorithm::ES256);
        // Times, issuer and audience are checked by the claims themselves, with the injected clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Ok(Self { keys: RwLock::new(Arc::new(KeySet::build(keys)?)), validation })
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
        let signature = keys.active.pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| BadKey)?;
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
        let kid = accepted_header(token)?;
        let keys = self.current();
        let key = keys.verifying.get(&kid).ok_or(VerifyError::UnknownKey)?;
        let verified = jsonwebtoken::decode::<Claims>(token, key, &self.validation);
        verified.map(|data| (kid, data.claims)).map_err(|_| VerifyError::Signature)
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
        let signature = keys.active.pair.sign(&SystemRandom::new(), CHECKED).map_err(|_| BadKey)?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        let key = keys.verifying.get(&keys.active.kid).ok_or(BadKey)?;
        let verified = jsonwebtoken::crypto::verify(&signature, CHECKED, key, Algorithm::ES256);
        if verified.is_ok_and(|is_valid| is_valid) { Ok(()) } else { Err(BadKey) }
    }

    /// When the active key began to sign.
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

fn accepted_header(token: &str) -> Result<String, VerifyError> {
    let encoded = token.split('.').next().unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| VerifyError::Malformed)?;
    let header: Header = serde_json::from_slice(&decoded).map_err(|_| VerifyError::Malformed)?;
    if header.typ != TYP || header.alg != ALGORITHM {
        return Err(VerifyError::Malformed);
    }
    Ok(header.kid)
}

impl KeySet {
    fn build(keys: &[SigningKey]) -> Result<Self, BadKey> {
        let mut active = keys.iter().filter(|key| key.state == KeyState::Active);
        let (Some(first), None) = (active.next(), active.next()) else {
            return Err(BadKey);
        };
        let mut verifying = HashMap::new();
        for key in keys {
            let jwk: Jwk = serde_json::from_value(key.public_jwk.clone()).map_err(|_| BadKey)?;
            if jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)? != key.kid {
                return Err(BadKey);
            }
            verifying.insert(key.kid.clone(), DecodingKey::from_jwk(&jwk).map_err(|_| BadKey)?);
        }
        Ok(Self { active: ActiveKey::new(first)?, verifying, published: publish(keys) })
    }
}

impl ActiveKey {
    fn new(key: &SigningKey) -> Result<Self, BadKey> {
        let pkcs8 = key.pkcs8.as_ref().ok_or(BadKey)?.expose();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| BadKey)?;
        if public_jwk(&pair)?.0 != key.kid {
            return Err(BadKey);
        }
        let header = json!({ "typ": TYP, "alg": ALGORITHM, "kid": key.kid }).to_string();
        Ok(Self {
            kid: key.kid.clone(),
            pair,
            header: format!("{}.", URL_SAFE_NO_PAD.encode(header)),
            activated_at: key.activated_at,
        })
    }
}

fn publish(keys: &[SigningKey]) -> Published {
    let public: Vec<&Value> = keys.iter().map(|key| &key.public_jwk).collect();
    let body = json!({ "keys": public }).to_string();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
    let etag = format!("\"{}\"", hex::encode(&digest.as_ref()[..16]));
    Published { body, etag, states: keys.iter().map(|key| key.state).collect() }
}

#[cfg(test)]
mod tests;
