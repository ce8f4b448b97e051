//! Secrets at rest: XChaCha20-Poly1305 under the master key.
//!
//! Format: version (1) | nonce (24, random) | ciphertext and tag. The associated data names the row, so
//! that a sealed value cannot be moved to another.

use aws_lc_rs::{hkdf, hmac};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 24;
const PSEUDONYM_INFO: &[u8] = b"kindred/pseudonym/v1";

/// The key that seals all others.
pub struct MasterKey {
    cipher: XChaCha20Poly1305,
    pseudonyms: hmac::Key,
}

/// The value cannot be opened: it is damaged, was moved, or was sealed under another master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened with this master key")]
pub struct CannotOpen;

impl MasterKey {
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.expose().into()),
            pseudonyms: derive(key.expose(), PSEUDONYM_INFO),
        }
    }

    /// Seals `plain` for the row that `row` names, such as `signing_keys/KID`.
    ///
    /// # Errors
    /// [`CannotOpen`] only for values beyond 256 GiB.
    pub fn seal(&self, entropy: &dyn Entropy, row: &str, plain: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let nonce: [u8; NONCE_LEN] = bytes(entropy);
        let payload = Payload { msg: plain, aad: row.as_bytes() };
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| CannotOpen)?;
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
        self.cipher.decrypt(&XNonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| CannotOpen)
    }

    /// What stands for a value where equal ones must be found and none may be read, such as a phone number that
    /// is counted: HMAC-SHA256, since a plain hash of so few values is guessed. `label` says what it is a value
    /// of. Under another master key it is another one.
    pub fn pseudonym(&self, label: &str, value: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.pseudonyms);
        context.update(label.as_bytes());
        // No label has a zero in it, so that none runs into the value.
        context.update(&[0]);
        context.update(value);
        let mut pseudonym = [0; 32];
        pseudonym.copy_from_slice(context.sign().as_ref());
        pseudonym
    }
}

/// HKDF-SHA256 (RFC 5869).
fn derive(material: &[u8], info: &[u8]) -> hmac::Key {
    let mut key = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(material);
    // Expanding fails only past 255 blocks; one block is asked for.
    let expanded = prk.expand(&[info], hmac::HMAC_SHA256).and_then(|okm| okm.fill(&mut key));
    debug_assert!(expanded.is_ok());
    let key = Secret::new(key);
    hmac::Key::new(hmac::HMAC_SHA256, key.expose())
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
    fn a_pseudonym_needs_the_key_and_its_label() {
        let pseudonym = |byte, label, value: &str| master(byte).pseudonym(label, value.as_bytes());
        assert_eq!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone", "+49"));
        assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(2, "phone", "+49"));
        assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "network", "+49"));
        assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone+", "49"));
        assert_ne!(pseudonym(1, "phone", "+49"), pseudonym(1, "phone", "+43"));
    }

    #[test]
    fn sealing_twice_shows_no_pattern() {
        let seal = || master(1).seal(&OsEntropy, "t", b"secret").unwrap();
        assert_ne!(seal(), seal());
    }
}
