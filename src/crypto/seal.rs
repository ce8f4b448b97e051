//! Secrets at rest: XChaCha20-Poly1305 under the master key.
//!
//! Format: version (1) | nonce (24, random) | ciphertext and tag. The associated data names the row, so
//! that a sealed value cannot be moved to another.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 24;

/// The key that seals all others.
pub struct MasterKey(XChaCha20Poly1305);

/// The value cannot be opened: it is damaged, was moved, or was sealed under another master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened with this master key")]
pub struct CannotOpen;

impl MasterKey {
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        Self(XChaCha20Poly1305::new(key.expose().into()))
    }

    /// Seals `plain` for the row that `row` names, such as `signing_keys/KID`.
    ///
    /// # Errors
    /// [`CannotOpen`] only for values beyond 256 GiB.
    pub fn seal(&self, entropy: &dyn Entropy, row: &str, plain: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let nonce: [u8; NONCE_LEN] = bytes(entropy);
        let payload = Payload { msg: plain, aad: row.as_bytes() };
        let ciphertext = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| CannotOpen)?;
        Ok([&[VERSION], &nonce[..], &ciphertext].concat())
    }

    /// # Errors
    /// [`CannotOpen`] unless the value was sealed under this key for this row.
    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (version, rest) = sealed.split_first().ok_or(CannotOpen)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN).ok_or(CannotOpen)?;
        let nonce = <[u8; NONCE_LEN]>::try_from(nonce).map_err(|_| CannotOpen)?;
        if *version != VERSION {
            return Err(CannotOpen);
        }
        let payload = Payload { msg: ciphertext, aad: row.as_bytes() };
        self.0.decrypt(&XNonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| CannotOpen)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MasterKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(&Secret::new([byte; 32]))
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealed = master(1).seal(&OsEntropy, "table/1", b"secret").unwrap();
        assert_eq!(master(1).open("table/1", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(master(1).open("table/2", &sealed), Err(CannotOpen));
        assert_eq!(master(2).open("table/1", &sealed), Err(CannotOpen));
    }

    #[test]
    fn damage_is_noticed() {
        let sealed = master(1).seal(&OsEntropy, "t", b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[position] ^= 1;
            assert_eq!(master(1).open("t", &damaged), Err(CannotOpen));
            assert_eq!(master(1).open("t", &sealed[..position]), Err(CannotOpen));
        }
    }

    #[test]
    fn sealing_twice_shows_no_pattern() {
        let seal = || master(1).seal(&OsEntropy, "t", b"secret").unwrap();
        assert_ne!(seal(), seal());
    }
}
