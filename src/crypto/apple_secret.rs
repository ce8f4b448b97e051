//! The client secret for Apple: a token that this server signs with a key from Apple, for each request and for a few
//! minutes only, so that none has to be renewed by hand every six months.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::clock::Timestamp;
use crate::secret::Secret;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// How long a secret counts. The clocks of both sides may differ by some minutes.
const LIFETIME: Duration = Duration::from_secs(300);

/// A key from Apple's console, with the ids that belong to it.
pub struct AppleKey {
    pair: EcdsaKeyPair,
    team_id: String,
    key_id: String,
}

/// The text is no private key of Apple's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is not a PEM file with a P-256 key, as Apple's console gives it (.p8)")]
pub struct BadAppleKey;

impl AppleKey {
    /// Reads the key of a `.p8` file.
    ///
    /// # Errors
    /// [`BadAppleKey`].
    pub fn new(pem: &Secret<String>, team_id: &str, key_id: &str) -> Result<Self, BadAppleKey> {
        let (_, rest) = pem.expose().split_once(BEGIN).ok_or(BadAppleKey)?;
        let (body, _) = rest.split_once(END).ok_or(BadAppleKey)?;
        let body = Secret::new(body.split_ascii_whitespace().collect::<String>());
        let pkcs8 = Secret::new(STANDARD.decode(body.expose()).map_err(|_| BadAppleKey)?);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.expose());
        let pair = pair.map_err(|_| BadAppleKey)?;
        Ok(Self { pair, team_id: team_id.to_owned(), key_id: key_id.to_owned() })
    }

    /// A secret for this client, for the provider with this issuer.
    ///
    /// # Errors
    /// [`BadAppleKey`] if the key cannot sign.
    pub fn client_secret(
        &self,
        client_id: &str,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Secret<String>, BadAppleKey> {
        let header = json!({ "alg": "ES256", "kid": self.key_id });
        let claims = json!({
            "iss": self.team_id, "sub": client_id, "aud": issuer,
            "iat": now.unix_seconds(), "exp": now.plus(LIFETIME).unix_seconds(),
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).map_err(|_| BadAppleKey)?;
        Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))))
    }
}

impl std::fmt::Debug for AppleKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AppleKey")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    fn pem() -> (String, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let encoded = STANDARD.encode(pair.to_pkcs8v1().unwrap().as_ref());
        let (first, second) = encoded.split_at(64);
        (format!("{BEGIN}\n{first}\n{second}\n{END}\n"), pair.public_key().as_ref().to_vec())
    }

    #[test]
    fn a_secret_is_a_signed_token_of_five_minutes() {
        let (pem, public) = pem();
        let key = AppleKey::new(&Secret::new(pem), "TEAM", "KEY").unwrap();
        let issuer = "https://appleid.apple.com";
        let secret =
            key.client_secret("com.example.web", issuer, Timestamp::from_unix_seconds(1_000)).unwrap();
        let (message, signature) = secret.expose().rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let verifier = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        verifier.verify(message.as_bytes(), &signature).unwrap();
        let part =
            |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        let (header, claims) = message.split_once('.').unwrap();
        assert_eq!(part(header), json!({ "alg": "ES256", "kid": "KEY" }));
        let expected =
            json!({ "iss": "TEAM", "sub": "com.example.web", "aud": issuer, "iat": 1_000, "exp": 1_300 });
        assert_eq!(part(claims), expected);
    }

    #[test]
    fn other_texts_are_no_keys() {
        let (good, _) = pem();
        let reversed = good.replace(BEGIN, "-----BEGIN EC PRIVATE KEY-----");
        for text in
            ["", "a secret", &format!("{BEGIN}\nAAAA\n{END}"), &format!("{BEGIN}\n!\n{END}"), &reversed]
        {
            assert_eq!(AppleKey::new(&Secret::new(text.to_owned()), "T", "K").err(), Some(BadAppleKey));
        }
    }
}
