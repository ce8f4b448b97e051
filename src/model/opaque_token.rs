//! Opaque secrets: the client gets 256 random bits, and the database a hash of them that is bound to the purpose.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

/// The hash in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// The purpose of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A login that waits for its second factor.
    LoginChallenge,
    /// A device that needs no second factor.
    TrustedDevice,
    /// A client that has registered an address that is not proven yet.
    Registration,
    /// A server that acts for the browsers of its users.
    Application,
}

impl Use {
    const fn label(self) -> &'static str {
        match self {
            Self::LoginChallenge => "kindred login challenge",
            Self::TrustedDevice => "kindred trusted device",
            Self::Registration => "kindred registration",
            Self::Application => "kindred application",
        }
    }

    /// The prefix, by which people and scanners for leaked secrets recognize it.
    const fn prefix(self) -> &'static str {
        match self {
            Self::LoginChallenge => "kc1_",
            Self::TrustedDevice => "kd1_",
            Self::Registration => "kp1_",
            Self::Application => "ka1_",
        }
    }
}

/// 43 characters of base64url.
pub fn draw(entropy: &dyn Entropy) -> Secret<String> {
    encode(&Secret::new(bytes(entropy)))
}

/// The same from given bits.
pub fn encode(secret: &Secret<[u8; 32]>) -> Secret<String> {
    Secret::new(URL_SAFE_NO_PAD.encode(secret.expose()))
}

/// A new secret for the client.
pub fn generate(entropy: &dyn Entropy, purpose: Use) -> Secret<String> {
    Secret::new(format!("{}{}", purpose.prefix(), draw(entropy).expose()))
}

/// The hash of the presented text. Text that is not such a secret has a hash that no row has.
pub fn hash(purpose: Use, presented: &str) -> TokenHash {
    hash_parts(&[purpose.label(), presented])
}

/// SHA-256 over the parts, each of which is terminated. Long random secrets need no slower hash.
pub fn hash_parts(parts: &[&str]) -> TokenHash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    TokenHash(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn tokens_differ_by_chance_and_by_use() {
        let token = || generate(&OsEntropy, Use::LoginChallenge);
        assert_ne!(token().expose(), token().expose());
        assert_eq!(token().expose().len(), 47);
        let one = token();
        assert_ne!(hash(Use::LoginChallenge, one.expose()), hash(Use::TrustedDevice, one.expose()));
        assert_ne!(hash_parts(&["ab", "c"]), hash_parts(&["a", "bc"]));
    }

    #[test]
    fn the_prefix_tells_the_use() {
        for (purpose, prefix) in [
            (Use::LoginChallenge, "kc1_"),
            (Use::TrustedDevice, "kd1_"),
            (Use::Registration, "kp1_"),
            (Use::Application, "ka1_"),
        ] {
            assert!(generate(&OsEntropy, purpose).expose().starts_with(prefix), "{prefix}");
        }
    }
}
