//! Keys for signatures: private halves as AWS-LC holds them, and public ones as JWKs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, Signature,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::secret::Secret;

/// The key material is not what its algorithm asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable signing key")]
pub struct BadKey;

/// A key. The private half leaves this module sealed only.
#[derive(Debug)]
pub struct SigningKey {
    /// The thumbprint of the public half (RFC 7638).
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    pub state: KeyState,
    /// Of an active key only.
    pub pkcs8: Option<Secret<Vec<u8>>>,
    pub public_jwk: Value,
    pub activated_at: Option<Timestamp>,
}

impl SigningKey {
    /// A fresh key, and its private half to be sealed.
    ///
    /// # Errors
    /// [`BadKey`] if the provider cannot make a key.
    pub fn generate(
        algorithm: SigningAlgorithm,
        state: KeyState,
        now: Timestamp,
    ) -> Result<(Self, Secret<Vec<u8>>), BadKey> {
        let private = PrivateKey::generate(algorithm)?;
        let pkcs8 = private.pkcs8()?;
        let (kid, public_jwk) = private.public_jwk()?;
        let activated_at = (state == KeyState::Active).then_some(now);
        let own = (state == KeyState::Active).then(|| pkcs8.clone());
        Ok((Self { kid, algorithm, state, pkcs8: own, public_jwk, activated_at }, pkcs8))
    }

    /// Whether the public half is of the key's algorithm, and the key is named by its thumbprint.
    ///
    /// # Errors
    /// [`BadKey`] if not.
    pub fn check_public_half(&self) -> Result<(), BadKey> {
        self.public().map(|_| ())
    }

    /// The private half, if it belongs to the public one.
    pub(super) fn private(&self) -> Result<PrivateKey, BadKey> {
        let private = PrivateKey::parse(self.algorithm, self.pkcs8.as_ref().ok_or(BadKey)?.expose())?;
        if private.public_jwk()?.0 != self.kid {
            return Err(BadKey);
        }
        Ok(private)
    }

    /// The public half, if it is of the key's algorithm, and the key is named by its thumbprint.
    pub(super) fn public(&self) -> Result<PublicKey, BadKey> {
        let jwk: Jwk = serde_json::from_value(self.public_jwk.clone()).map_err(|_| BadKey)?;
        if jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)? != self.kid {
            return Err(BadKey);
        }
        let is_of_algorithm = match (&jwk.algorithm, self.algorithm) {
            (AlgorithmParameters::EllipticCurve(key), SigningAlgorithm::Es256) => {
                key.curve == EllipticCurve::P256
            }
            (AlgorithmParameters::OctetKeyPair(key), SigningAlgorithm::Ed25519) => {
                key.curve == EllipticCurve::Ed25519
            }
            _ => false,
        };
        if !is_of_algorithm {
            return Err(BadKey);
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| BadKey)?;
        Ok(PublicKey { algorithm: self.algorithm, key })
    }
}

/// The thumbprint and the public half of a private one.
///
/// # Errors
/// [`BadKey`].
pub fn public_half(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<(String, Value), BadKey> {
    PrivateKey::parse(algorithm, pkcs8)?.public_jwk()
}

/// A private half, parsed once.
pub(super) enum PrivateKey {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    fn generate(algorithm: SigningAlgorithm) -> Result<Self, BadKey> {
        match algorithm {
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self::Es256)
            }
            SigningAlgorithm::Ed25519 => Ed25519KeyPair::generate().map(Self::Ed25519),
        }
        .map_err(|_| BadKey)
    }

    fn parse(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        match algorithm {
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Es256)
            }
            SigningAlgorithm::Ed25519 => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed25519),
        }
        .map_err(|_| BadKey)
    }

    fn pkcs8(&self) -> Result<Secret<Vec<u8>>, BadKey> {
        let document = match self {
            Self::Es256(pair) => pair.to_pkcs8v1(),
            Self::Ed25519(pair) => pair.to_pkcs8(),
        };
        Ok(Secret::new(document.map_err(|_| BadKey)?.as_ref().to_vec()))
    }

    /// The thumbprint of the public half (RFC 7638), and that half itself (RFC 7517; RFC 7518 §6.2, RFC 8037 §2).
    fn public_jwk(&self) -> Result<(String, Value), BadKey> {
        let (mut jwk, algorithm) = match self {
            Self::Es256(pair) => {
                // Uncompressed point (SEC 1 §2.3.3): 0x04, x, y.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).and_then(|xy| xy.split_at_checked(32)).ok_or(BadKey)?;
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                (json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }), SigningAlgorithm::Es256)
            }
            Self::Ed25519(pair) => {
                let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
                (json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), SigningAlgorithm::Ed25519)
            }
        };
        let parsed: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| BadKey)?;
        let kid = parsed.thumbprint(ThumbprintHash::SHA256).map_err(|_| BadKey)?;
        jwk["kid"] = json!(kid);
        jwk["alg"] = json!(algorithm.as_str());
        jwk["use"] = json!("sig");
        Ok((kid, jwk))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Signature, BadKey> {
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), message),
            Self::Ed25519(pair) => pair.try_sign(message),
        }
        .map_err(|_| BadKey)
    }
}

/// A public half, and what it verifies.
pub(super) struct PublicKey {
    pub(super) algorithm: SigningAlgorithm,
    key: DecodingKey,
}

impl PublicKey {
    /// Whether this is the signature of the message under the key, in base64 (RFC 7515 §5.2). The algorithm is the key's
    /// own, whatever a token says.
    pub(super) fn verifies(&self, signature: &str, message: &[u8]) -> bool {
        let algorithm = match self.algorithm {
            SigningAlgorithm::Es256 => Algorithm::ES256,
            // The library has no other name for it.
            SigningAlgorithm::Ed25519 => Algorithm::EdDSA,
        };
        jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm).is_ok_and(|is_valid| is_valid)
    }
}
