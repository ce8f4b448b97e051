//! `Idempotency-Key`: identifies one refresh attempt of a client.

use aws_lc_rs::digest;

/// The first half of the SHA-256 of the value of the header, which itself is never stored. It only distinguishes the
/// attempts of one client, for which 128 bits are plenty, and every live family holds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKeyHash(pub [u8; 16]);

/// The key of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptKey {
    pub hash: IdempotencyKeyHash,
    /// The key is derived from the token, as its prefix `d.` says. Everyone who has the token can compute it, so it
    /// does not distinguish the owner from a thief. A client without storage of its own has no better key.
    pub derived: bool,
}

const DERIVED: &[u8] = b"d.";

impl AttemptKey {
    /// # Errors
    /// [`InvalidKey`] unless the key is 16–128 visible ASCII characters.
    pub fn of(key: &[u8]) -> Result<Self, InvalidKey> {
        Ok(Self { hash: IdempotencyKeyHash::of(key)?, derived: key.starts_with(DERIVED) })
    }
}

/// The header is present but not a valid key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key must be 16 to 128 visible ASCII characters")]
pub struct InvalidKey;

impl IdempotencyKeyHash {
    /// # Errors
    /// [`InvalidKey`] unless the key is 16–128 visible ASCII characters: shorter ones collide by accident.
    pub fn of(key: &[u8]) -> Result<Self, InvalidKey> {
        if !(16..=128).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
            return Err(InvalidKey);
        }
        let digest = digest::digest(&digest::SHA256, key);
        digest.as_ref().first_chunk().copied().map(Self).ok_or(InvalidKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_key_says_so() {
        let derived = |key: &str| AttemptKey::of(key.as_bytes()).unwrap().derived;
        assert!(
            derived("d.0123456789abcdef") && !derived("0123456789abcdef") && !derived("D.0123456789abcdef")
        );
    }

    #[test]
    fn the_hash_is_the_first_half_of_the_sha_256() {
        let hash = IdempotencyKeyHash::of(b"0123456789abcdef").unwrap();
        assert_eq!(hex::encode(hash.0), "9f9f5111f7b27a781f1f1ddde5ebc2dd");
        assert_eq!(AttemptKey::of(b"0123456789abcdef"), Ok(AttemptKey { hash, derived: false }));
    }

    #[test]
    fn bounds_are_exact() {
        assert!(IdempotencyKeyHash::of(&[b'a'; 15]).is_err());
        assert!(IdempotencyKeyHash::of(&[b'a'; 16]).is_ok());
        assert!(IdempotencyKeyHash::of(&[b'~'; 128]).is_ok());
        assert!(IdempotencyKeyHash::of(&[b'a'; 129]).is_err());
        assert!(IdempotencyKeyHash::of(b"with a space 1234").is_err());
        assert!(IdempotencyKeyHash::of("äääääääääääääääää".as_bytes()).is_err());
    }
}
