//! `Idempotency-Key`: one refresh attempt of a client, named by the client.

use aws_lc_rs::digest;

/// The first half of the SHA-256 of the header's value; the value itself is never kept. It only tells
/// apart the attempts of one client, and every live family holds one: 128 bits are plenty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKeyHash(pub [u8; 16]);

/// What a client names its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptKey {
    pub hash: IdempotencyKeyHash,
    /// The key follows from the token, as its prefix `d.` says: whoever brings the token can compute it, so it tells
    /// the owner from nobody. A client without a store of its own has no better one.
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

/// The header is present but is no key.
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
    fn bounds_are_exact() {
        assert!(IdempotencyKeyHash::of(&[b'a'; 15]).is_err());
        assert!(IdempotencyKeyHash::of(&[b'a'; 16]).is_ok());
        assert!(IdempotencyKeyHash::of(&[b'~'; 128]).is_ok());
        assert!(IdempotencyKeyHash::of(&[b'a'; 129]).is_err());
        assert!(IdempotencyKeyHash::of(b"with a space 1234").is_err());
        assert!(IdempotencyKeyHash::of("äääääääääääääääää".as_bytes()).is_err());
    }
}
