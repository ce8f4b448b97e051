//! The refresh token on the wire.
//!
//! `kr1_` + base64url without padding (RFC 4648 §5) of 65 bytes:
//!
//! | bytes | |
//! |---|---|
//! | 0 | root key id |
//! | 1–16 | family id (UUIDv7) |
//! | 17–24 | generation, big endian |
//! | 25–32 | guard: HMAC under the guard key over the bytes before it, cut to 8 bytes |
//! | 33–64 | tag: HMAC under the family key over the bytes before the guard |
//!
//! No stored value can be used as a token. The successor of a token is derived and not random, so that every honest
//! retry on any node computes the same answer.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::family_key::{FamilyKey, RootKey, RootKeyId, equal};
use crate::secret::Secret;

const PREFIX: &str = "kr1_";
const BODY: usize = 25;
const GUARD: usize = 33;
const LEN: usize = 65;

/// The length of a refresh token in characters.
pub const TEXT_LEN: usize = PREFIX.len() + (LEN * 4).div_ceil(3);

/// A well-formed refresh token. [`RefreshToken::guard_holds`] and [`RefreshToken::is_authentic`] say whether it is
/// authentic.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; LEN]);

/// The text is not a refresh token of this server's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct Malformed;

impl RefreshToken {
    /// The token of a generation of a family.
    pub fn derive(root: &RootKey, family_key: &FamilyKey, family: Uuid, generation: u64) -> Self {
        let mut bytes = [0; LEN];
        bytes[0] = root.id.0;
        bytes[1..17].copy_from_slice(family.as_bytes());
        bytes[17..BODY].copy_from_slice(&generation.to_be_bytes());
        let guard = root.guard(&bytes[..BODY]);
        bytes[BODY..GUARD].copy_from_slice(&guard);
        let tag = family_key.refresh_tag(&bytes[..BODY]);
        bytes[GUARD..].copy_from_slice(&tag);
        Self(bytes)
    }

    /// Reads a token. Each token has exactly one text: other lengths, padding, another case and stray bits in the last
    /// character are refused.
    ///
    /// # Errors
    /// [`Malformed`] for every other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(PREFIX).ok_or(Malformed)?;
        if text.len() != TEXT_LEN {
            return Err(Malformed);
        }
        let mut bytes = [0; LEN];
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
            Ok(LEN) => Ok(Self(bytes)),
            _ => Err(Malformed),
        }
    }

    /// The root key that the token names; it may be unknown here.
    pub fn root_key_id(&self) -> RootKeyId {
        RootKeyId(self.0[0])
    }

    /// The family that the token names. Not verified until [`Self::is_authentic`] holds.
    pub fn family_id(&self) -> Uuid {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[1..17]);
        Uuid::from_bytes(id)
    }

    /// The generation that the token names. Not verified until [`Self::is_authentic`] holds.
    pub fn generation(&self) -> u64 {
        let mut generation = [0; 8];
        generation.copy_from_slice(&self.0[17..BODY]);
        u64::from_be_bytes(generation)
    }

    /// Whether the guard was made with the root key. It is checked before any database read.
    pub fn guard_holds(&self, root: &RootKey) -> bool {
        root.id == self.root_key_id() && equal(&root.guard(&self.0[..BODY]), &self.0[BODY..GUARD])
    }

    /// Whether the tag was made with the key of the family, so that the token was issued by this service.
    pub fn is_authentic(&self, family_key: &FamilyKey) -> bool {
        equal(&family_key.refresh_tag(&self.0[..BODY]), &self.0[GUARD..])
    }

    /// The text for the client.
    pub fn reveal(&self) -> Secret<String> {
        let mut text = String::with_capacity(TEXT_LEN);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0, &mut text);
        Secret::new(text)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshToken")
            .field("family_id", &self.family_id())
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn root() -> RootKey {
        RootKey::new(RootKeyId(7), Secret::new([3; 32]))
    }

    fn token(generation: u64) -> RefreshToken {
        let root = root();
        RefreshToken::derive(&root, &root.family_key(&[5; 16]), Uuid::from_u128(42), generation)
    }

    #[test]
    fn the_text_says_what_was_put_in() {
        let text = token(9).reveal();
        assert_eq!(text.expose().len(), TEXT_LEN);
        let parsed = RefreshToken::parse(text.expose()).unwrap();
        assert_eq!(parsed.family_id(), Uuid::from_u128(42));
        assert_eq!(parsed.generation(), 9);
        assert_eq!(parsed.root_key_id(), RootKeyId(7));
        assert!(parsed.guard_holds(&root()));
        assert!(parsed.is_authentic(&root().family_key(&[5; 16])));
    }

    #[test]
    fn only_the_exact_text_is_a_token() {
        let text = token(9).reveal().expose().clone();
        for wrong in [
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            format!("{text}="),
            format!("{text}\0"),
            format!(" {text}"),
            text.to_uppercase(),
            text.replacen("kr1_", "kr2_", 1),
            String::new(),
        ] {
            assert_eq!(RefreshToken::parse(&wrong), Err(Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn debug_shows_no_secret_bytes() {
        let shown = format!("{:?}", token(1));
        assert!(!shown.contains("kr1_") && shown.contains("generation: 1"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_flipped_bit_breaks_guard_or_tag(bit in 0..LEN * 8) {
            let mut altered = token(3);
            altered.0[bit / 8] ^= 1 << (bit % 8);
            let authentic = altered.guard_holds(&root()) && altered.is_authentic(&root().family_key(&[5; 16]));
            prop_assert!(!authentic);
        }

        #[test]
        fn no_two_texts_are_the_same_token(position in PREFIX.len()..TEXT_LEN, replacement in "[A-Za-z0-9_-]") {
            let text = token(3).reveal().expose().clone();
            let mut other = text.clone();
            other.replace_range(position..=position, &replacement);
            if let Ok(parsed) = RefreshToken::parse(&other) {
                prop_assert_eq!(parsed == token(3), other == text);
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC*") {
            let _ = RefreshToken::parse(&text);
        }
    }
}
