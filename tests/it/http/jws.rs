//! Tokens taken apart, and put together wrongly.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::client::Client;

fn decoded(part: Option<&str>) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part.expect("three parts")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

pub fn header(token: &str) -> Value {
    decoded(token.split('.').next())
}

/// The claims, believed unread: for tests that change them.
pub fn claims(token: &str) -> Value {
    decoded(token.split('.').nth(1))
}

/// The claims, verified against the JWKS as any service would.
///
/// # Panics
/// When the token does not verify for this issuer and audience.
pub async fn verified_claims(client: &Client, token: &str, issuer: &str, audience: &str) -> Value {
    let jwks = client.get("/.well-known/jwks.json").await;
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(jwks.body).expect("a JWK Set");
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&kid).expect("published")).expect("a key");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).expect("a valid token").claims
}

/// A token with this signature over its two parts.
pub fn assemble(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A stranger's P-256 key.
pub struct ForeignKey(EcdsaKeyPair);

impl ForeignKey {
    pub fn generate() -> ForeignKey {
        ForeignKey(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), bytes).expect("a signature").as_ref().to_vec()
    }

    pub fn jwk(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
    }
}
