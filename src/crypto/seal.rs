//! Secrets at rest: XChaCha20-Poly1305 under a ring of keys. One of them seals, all of them open, so
//! that the key can be changed while everything keeps working. They are data keys, or master keys where a database has
//! no data keys yet: the format is the same.
//!
//! Format: version (1) | id of the key (4) | nonce (24, random) | ciphertext and tag. The associated
//! data is what stands before the nonce, and the name of the row, so that a sealed value cannot be moved to
//! another.

mod tag;

use std::sync::Arc;

use aws_lc_rs::{hkdf, hmac};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use parking_lot::RwLock;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

const VERSION: u8 = 2;
const KEY_ID_LEN: usize = 4;
const HEADER_LEN: usize = 1 + KEY_ID_LEN;
const NONCE_LEN: usize = 24;
const PSEUDONYM_INFO: &[u8] = b"kindred/pseudonym/v1";
const TAG_INFO: &[u8] = b"kindred/tag/v1";
const LINKS_INFO: &[u8] = b"kindred/links/v1";
const KEY_ID_LABEL: &[u8] = b"kindred master key id";

/// What every value sealed under one master key begins with: version and key id.
pub type Header = [u8; HEADER_LEN];

/// Names a master key without telling anything useful about it: the beginning of an HMAC-SHA256 of a fixed
/// label under the key (RFC 2104 §5 on truncation).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MasterKeyId([u8; KEY_ID_LEN]);

/// Why something cannot be sealed or opened. For operators: clients of the API are told neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The value may be sound, but none of the master keys here is the one it was sealed under.
    #[error("it was sealed under another master key (id {0})")]
    UnknownKey(MasterKeyId),
    /// The value was changed, truncated, or moved from another row.
    #[error("it is damaged, or was sealed for another row")]
    Damaged,
    /// Beyond 256 GiB.
    #[error("it is too long to be sealed")]
    TooLong,
}

/// Two of the keys are the same, or have the same id, which random keys do once in 2^32 pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two of the master keys are the same")]
pub struct SameKeyTwice;

/// The ring: the active key, which seals, and others, which only open. A running server replaces the ring when it learns
/// of a new data key.
pub struct MasterKeys {
    ring: RwLock<Ring>,
}

#[derive(Clone)]
struct Ring {
    active: Arc<MasterKey>,
    previous: Vec<Arc<MasterKey>>,
    /// Derives pseudonyms in the place of the active key.
    pseudonyms: Option<hmac::Key>,
}

struct MasterKey {
    id: MasterKeyId,
    cipher: XChaCha20Poly1305,
    pseudonyms: Secret<[u8; 32]>,
    tags: hmac::Key,
    links: hmac::Key,
}

impl MasterKeys {
    /// A ring of one key.
    pub fn new(active: &Secret<[u8; 32]>) -> Self {
        let ring = Ring { active: Arc::new(MasterKey::new(active)), previous: Vec::new(), pseudonyms: None };
        Self { ring: RwLock::new(ring) }
    }

    /// Adds keys that only open.
    ///
    /// # Errors
    /// [`SameKeyTwice`].
    pub fn with_previous(mut self, previous: &[Secret<[u8; 32]>]) -> Result<Self, SameKeyTwice> {
        let ring = self.ring.get_mut();
        for key in previous.iter().map(MasterKey::new) {
            if ring.find(key.id).is_some() {
                return Err(SameKeyTwice);
            }
            ring.previous.push(Arc::new(key));
        }
        Ok(self)
    }

    /// Adds all keys of another ring as keys that only open, but for those that this one has.
    #[must_use]
    pub fn with_previous_ring(mut self, other: &Self) -> Self {
        let Ring { active, previous, .. } = other.ring.read().clone();
        let ring = self.ring.get_mut();
        for key in std::iter::once(active).chain(previous) {
            if ring.find(key.id).is_none() {
                ring.previous.push(key);
            }
        }
        self
    }

    /// Derives pseudonyms under this key from now on, and no longer under the active one.
    #[must_use]
    pub fn with_pseudonym_key(mut self, key: &Secret<[u8; 32]>) -> Self {
        self.ring.get_mut().pseudonyms = Some(hmac_key(key));
        self
    }

    /// The key under which pseudonyms are the same as they are under the active key.
    pub fn pseudonym_key(&self) -> Secret<[u8; 32]> {
        self.ring.read().active.pseudonyms.clone()
    }

    /// Puts the keys of another ring into the place of those of this one, for everyone who shares it.
    pub fn replace(&self, other: Self) {
        let new = other.ring.into_inner();
        *self.ring.write() = new;
    }

    /// Which key seals.
    pub fn active_id(&self) -> MasterKeyId {
        self.ring.read().active.id
    }

    /// Whether there are keys that only open.
    pub fn has_previous(&self) -> bool {
        !self.ring.read().previous.is_empty()
    }

    /// The beginning of every value that is sealed under the active key.
    pub fn active_header(&self) -> Header {
        self.ring.read().active.header()
    }

    /// Whether a value was sealed under the active key, as far as it says so itself.
    pub fn is_active(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.active_header())
    }

    /// Seals `plain` under the active key for the row that `row` names, such as `signing_keys/KID`.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal(&self, entropy: &dyn Entropy, row: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.ring.read().active.seal(&bytes(entropy), row, plain)
    }

    /// Opens a value that was sealed for this row under any key of the ring.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] and [`SealError::Damaged`].
    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (header, rest) = sealed.split_first_chunk::<HEADER_LEN>().ok_or(SealError::Damaged)?;
        let [VERSION, id @ ..] = *header else { return Err(SealError::Damaged) };
        let ring = self.ring.read();
        let key = ring.find(MasterKeyId(id)).ok_or(SealError::UnknownKey(MasterKeyId(id)))?;
        key.open(row, rest)
    }

    /// The same secret, sealed again under the active key; `None` if that is the one it is sealed under. Called wherever
    /// a value is opened that can be written, to replace the old one.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn reseal(
        &self,
        entropy: &dyn Entropy,
        row: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        if self.is_active(sealed) {
            return Ok(None);
        }
        let plain = self.open(row, sealed)?;
        self.seal(entropy, row, &plain).map(Some)
    }

    /// Stands for a value where equal values must be found and none may be read, such as a phone number in a count:
    /// HMAC-SHA256, since a plain hash of so few values can be guessed. `label` says what kind of value it is. Under
    /// another key the pseudonym is another one.
    pub fn pseudonym(&self, label: &str, value: &[u8]) -> [u8; 32] {
        let ring = self.ring.read();
        match &ring.pseudonyms {
            Some(key) => labelled(key, label, value),
            None => labelled(&hmac_key(&ring.active.pseudonyms), label, value),
        }
    }

    /// The secret that belongs to a row under each key of the ring, the active one first: HMAC-SHA256 of the row's
    /// name. It cannot be computed from the database alone, and can be computed again with the key.
    pub fn row_secrets(&self, label: &str, row: &[u8]) -> impl Iterator<Item = Secret<[u8; 32]>> {
        let ring = self.ring.read();
        let secrets: Vec<_> = ring.keys().map(|key| Secret::new(labelled(&key.links, label, row))).collect();
        secrets.into_iter()
    }
}

impl Ring {
    /// All keys, the active one first.
    fn keys(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.active).chain(&self.previous).map(Arc::as_ref)
    }

    fn find(&self, id: MasterKeyId) -> Option<&MasterKey> {
        self.keys().find(|key| key.id == id)
    }
}

impl MasterKeyId {
    /// The id that is written as these eight hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut id = [0; KEY_ID_LEN];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(Self(id))
    }
}

impl MasterKey {
    fn new(key: &Secret<[u8; 32]>) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), KEY_ID_LABEL);
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&tag.as_ref()[..KEY_ID_LEN]);
        Self {
            id: MasterKeyId(id),
            cipher: XChaCha20Poly1305::new(key.expose().into()),
            pseudonyms: derive(key.expose(), PSEUDONYM_INFO),
            tags: hmac_key(&derive(key.expose(), TAG_INFO)),
            links: hmac_key(&derive(key.expose(), LINKS_INFO)),
        }
    }

    fn header(&self) -> Header {
        let [a, b, c, d] = self.id.0;
        [VERSION, a, b, c, d]
    }

    fn seal(&self, nonce: &[u8; NONCE_LEN], row: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let header = self.header();
        let payload = Payload { msg: plain, aad: &[&header, row.as_bytes()].concat() };
        let ciphertext =
            self.cipher.encrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::TooLong)?;
        Ok([&header[..], nonce, &ciphertext].concat())
    }

    /// Opens what stands behind the header.
    fn open(&self, row: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &[&self.header(), row.as_bytes()].concat() };
        let opened = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| SealError::Damaged)
    }
}

impl Clone for MasterKeys {
    /// The keys as they are now: a later [`MasterKeys::replace`] of the one leaves the other alone.
    fn clone(&self) -> Self {
        Self { ring: RwLock::new(self.ring.read().clone()) }
    }
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MasterKeys(***)")
    }
}

impl std::fmt::Display for MasterKeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for MasterKeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "MasterKeyId({self})")
    }
}

fn labelled(key: &hmac::Key, label: &str, value: &[u8]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(label.as_bytes());
    // No label has a zero in it, so that none runs into the value.
    context.update(&[0]);
    context.update(value);
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

/// HKDF-SHA256 (RFC 5869).
fn derive(material: &[u8], info: &[u8]) -> Secret<[u8; 32]> {
    let mut key = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(material);
    // Expanding fails only past 255 blocks; one block is asked for.
    let expanded = prk.expand(&[info], hmac::HMAC_SHA256).and_then(|okm| okm.fill(&mut key));
    debug_assert!(expanded.is_ok());
    Secret::new(key)
}

fn hmac_key(key: &Secret<[u8; 32]>) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.expose())
}

#[cfg(test)]
mod tests;
