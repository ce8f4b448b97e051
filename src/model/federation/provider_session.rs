//! The session at a provider on which a session here rests.

use uuid::Uuid;

use crate::model::opaque_token::{TokenHash, hash_parts};

/// What a session here has to do with a session at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderSession {
    /// The identity by which the session was opened.
    pub identity_id: Uuid,
    /// The session at the provider, if it has told one.
    pub sid: Option<TokenHash>,
}

/// What is stored of the id of a session at an issuer. The id itself may be a secret there.
pub fn sid_hash(issuer: &str, sid: &str) -> TokenHash {
    hash_parts(&["kindred provider session", issuer, sid])
}

/// By which the use of a logout token is remembered: a UUIDv8 (RFC 9562 §5.8) made of what names the token. Ids of states and
/// codes are of version 7.
pub fn logout_token_id(issuer: &str, token_id: &str) -> Uuid {
    let TokenHash(hash) = hash_parts(&["kindred logout token", issuer, token_id]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_their_issuer() {
        assert_ne!(sid_hash("https://a.example", "1"), sid_hash("https://b.example", "1"));
        assert_ne!(sid_hash("https://a.example", "1"), sid_hash("https://a.example", "2"));
        assert_ne!(sid_hash("https://a.example", "1"), sid_hash("https://a.example1", ""));
        let id = logout_token_id("https://a.example", "1");
        assert_eq!((id, id.get_version_num()), (logout_token_id("https://a.example", "1"), 8));
        assert_ne!(id, logout_token_id("https://b.example", "1"));
        assert_ne!(id, logout_token_id("https://a.example", "2"));
    }

    /// The hashes are stored, so they stay as they are.
    #[test]
    fn an_id_is_hashed_with_its_purpose_and_issuer() {
        let TokenHash(hash) = sid_hash("https://a.example", "1");
        assert_eq!(hex::encode(hash), "b7b0cdb39824214f64a2a728ad95a4f5ebbe44da3b95d414cd1c21d4e3bd6d63");
        let id = logout_token_id("https://a.example", "1");
        assert_eq!(id.to_string(), "2ef02c6b-334e-86a8-9675-c101c53c3e29");
    }
}
