//! Keys from which refresh tokens are derived.
//!
//! ```text
//! root key (sealed in the database, 32 bytes, id 0–255)
//!   ├─ guard key  = HKDF(root, info "kindred/guard/v1"): refuses garbage before any database read
//!   ├─ device key = HKDF(root, info "kindred/device/v1"): signs the tokens of known devices
//!   ├─ CSRF key   = HKDF(root, info "kindred/csrf/v1"): signs tokens against cross-site request forgery
//!   ├─ CAPTCHA secret = HKDF(root, info "kindred/captcha/v1"): signs challenges of the proof of work
//!   ├─ avatar key = HKDF(root, info "kindred/avatar/v1"): signs addresses of avatars
//!   ├─ canary key = HKDF(root, info "kindred/canary/v1"): chooses who gets the next generation of cookies
//!   ├─ delay key  = HKDF(root, info "kindred/login-delay/v1"): chooses the cell that delays logins of an address
//!   └─ family key = HKDF(root, salt = the family row's 16 random bytes, info "kindred/family/v1")
//! ```
//! A stolen database lacks the root key, and a stolen root key lacks the salts: neither is enough to make a token.

use aws_lc_rs::{constant_time, hkdf, hmac};
use uuid::Uuid;

use crate::secret::Secret;

/// The id of the root key that made a token: one byte of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RootKeyId(pub u8);

/// Length of a root key, in bytes.
pub const ROOT_KEY_LEN: usize = 32;

const GUARD_INFO: &[u8] = b"kindred/guard/v1";
const DEVICE_INFO: &[u8] = b"kindred/device/v1";
const CSRF_INFO: &[u8] = b"kindred/csrf/v1";
const CAPTCHA_INFO: &[u8] = b"kindred/captcha/v1";
const AVATAR_INFO: &[u8] = b"kindred/avatar/v1";
const CANARY_INFO: &[u8] = b"kindred/canary/v1";
const DELAY_INFO: &[u8] = b"kindred/login-delay/v1";
const FAMILY_INFO: &[u8] = b"kindred/family/v1";

/// A root key with its guard key, ready for use.
pub struct RootKey {
    pub id: RootKeyId,
    material: Secret<[u8; ROOT_KEY_LEN]>,
    guard: hmac::Key,
    device: hmac::Key,
    csrf: hmac::Key,
}

impl RootKey {
    pub fn new(id: RootKeyId, material: Secret<[u8; ROOT_KEY_LEN]>) -> Self {
        let guard = derive(material.expose(), &[], GUARD_INFO);
        let device = derive(material.expose(), &[], DEVICE_INFO);
        let csrf = derive(material.expose(), &[], CSRF_INFO);
        Self { id, material, guard, device, csrf }
    }

    /// Cut to 8 bytes, which are enough to refuse garbage. The guard protects nothing by itself.
    pub fn guard(&self, message: &[u8]) -> [u8; 8] {
        truncate(&hmac::sign(&self.guard, message))
    }

    /// The tag of the token of a known device.
    pub fn device_tag(&self, message: &[u8]) -> [u8; 32] {
        truncate(&hmac::sign(&self.device, message))
    }

    /// A token against cross-site request forgery.
    pub fn csrf_tag(&self, message: &[u8]) -> [u8; 32] {
        truncate(&hmac::sign(&self.csrf, message))
    }

    /// Signs challenges of the proof of work: 64 hexadecimal digits, because the library wants a text.
    pub fn captcha_secret(&self) -> Secret<String> {
        let key = derive(self.material.expose(), &[], CAPTCHA_INFO);
        Secret::new(hex::encode(hmac::sign(&key, b"challenge")))
    }

    /// The signature of an avatar's address. The key is derived at each use, which is rare.
    pub fn avatar_tag(&self, message: &[u8]) -> [u8; 16] {
        truncate(&hmac::sign(&derive(self.material.expose(), &[], AVATAR_INFO), message))
    }

    pub fn family_key(&self, salt: &[u8; 16]) -> FamilyKey {
        let key = derive(self.material.expose(), salt, FAMILY_INFO);
        FamilyKey { root: self.id, key: Box::new(key) }
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RootKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The key of one session family.
pub struct FamilyKey {
    /// The root key that it was derived from.
    pub root: RootKeyId,
    /// Boxed, because it has 700 bytes and is moved with its family through channels and futures.
    key: Box<hmac::Key>,
}

impl FamilyKey {
    /// The 32 bytes that make a refresh token authentic.
    pub fn refresh_tag(&self, message: &[u8]) -> [u8; 32] {
        truncate(&self.sign(b"refresh", message))
    }

    /// The identifier of the access token of a generation. A retry gets the same one.
    pub fn jti(&self, generation: u64) -> [u8; 16] {
        truncate(&self.sign(b"jti", &generation.to_be_bytes()))
    }

    /// The same for a generation in which the user has authenticated again, at this moment (in microseconds), so that
    /// the tokens before and after that differ.
    pub fn jti_since(&self, generation: u64, auth_time: i64) -> [u8; 16] {
        let mut message = [0; 16];
        message[..8].copy_from_slice(&generation.to_be_bytes());
        message[8..].copy_from_slice(&auth_time.to_be_bytes());
        truncate(&self.sign(b"jti since", &message))
    }

    fn sign(&self, purpose: &[u8], message: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(purpose);
        context.update(message);
        context.sign()
    }
}

impl std::fmt::Debug for FamilyKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FamilyKey").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The cell of the login delays that an address belongs to. Without the key, addresses with the same cell cannot be
/// found.
pub struct DelayKey(hmac::Key);

impl DelayKey {
    /// From material that all nodes have, and that is not replaced while they run: nodes add up what they count in a cell.
    pub fn of(material: &Secret<[u8; 32]>) -> Self {
        Self(derive(material.expose(), &[], DELAY_INFO))
    }

    pub fn cell(&self, address: &str) -> u16 {
        u16::from_be_bytes(truncate(&hmac::sign(&self.0, address.as_bytes())))
    }
}

impl std::fmt::Debug for DelayKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DelayKey(***)")
    }
}

/// The place of a user in a roll-out. Without the key, no one can tell who is among the first, or become one of them by
/// choosing an id.
pub struct CanaryKey(hmac::Key);

impl CanaryKey {
    /// From material that all nodes have, and that is not replaced while they run: a user must get cookies of the same
    /// generation at each of them.
    pub fn of(material: &Secret<[u8; 32]>) -> Self {
        Self(derive(material.expose(), &[], CANARY_INFO))
    }

    /// From 0 to 99.
    pub fn place(&self, user_id: Uuid) -> u8 {
        let number = u64::from_be_bytes(truncate(&hmac::sign(&self.0, user_id.as_bytes())));
        u8::try_from(number % 100).unwrap_or(0)
    }
}

impl std::fmt::Debug for CanaryKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CanaryKey(***)")
    }
}

/// Compares two authenticators in constant time.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// HKDF-SHA256 (RFC 5869).
fn derive(material: &[u8], salt: &[u8], info: &[u8]) -> hmac::Key {
    let mut key = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(material);
    // Expanding fails only for more than 255 blocks; this is one block.
    let expanded = prk.expand(&[info], hmac::HMAC_SHA256).and_then(|okm| okm.fill(&mut key));
    debug_assert!(expanded.is_ok());
    let key = Secret::new(key);
    hmac::Key::new(hmac::HMAC_SHA256, key.expose())
}

fn truncate<const N: usize>(tag: &hmac::Tag) -> [u8; N] {
    let mut cut = [0; N];
    cut.copy_from_slice(&tag.as_ref()[..N]);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(byte: u8) -> RootKey {
        RootKey::new(RootKeyId(1), Secret::new([byte; 32]))
    }

    #[test]
    fn family_keys_need_both_the_root_key_and_the_salt() {
        let tag = |root: &RootKey, salt| root.family_key(&salt).refresh_tag(b"message");
        assert_eq!(tag(&root(1), [1; 16]), tag(&root(1), [1; 16]));
        assert_ne!(tag(&root(1), [1; 16]), tag(&root(2), [1; 16]));
        assert_ne!(tag(&root(1), [1; 16]), tag(&root(1), [2; 16]));
    }

    #[test]
    fn purposes_do_not_mix() {
        let key = root(1).family_key(&[0; 16]);
        assert_ne!(key.refresh_tag(&7_u64.to_be_bytes())[..16], key.jti(7));
        assert_ne!(key.jti(7), key.jti(8));
        assert_ne!(key.jti(7), key.jti_since(7, 0));
        assert_ne!(key.jti_since(7, 0), key.jti_since(7, 1));
    }

    /// HKDF and HMAC computed independently, with the `hmac` module of Python.
    #[test]
    fn derivation_is_stable_across_versions() {
        let (key, family) = (root(1), root(1).family_key(&[2; 16]));
        let vectors = [
            (hex::encode(key.guard(b"kindred")), "e284eb28ec978ebf"),
            (
                hex::encode(key.device_tag(b"kindred")),
                "ebbb542be291ea922acf0bd5de0a94955cb0f8988a435972bb4280634f301d56",
            ),
            (
                hex::encode(key.csrf_tag(b"kindred")),
                "169e5e5719c38ef3d0814d81cc306753818ae388e0d77cb295a3917037df52cd",
            ),
            (
                key.captcha_secret().expose().clone(),
                "ed1d6221588ae7f0b9ddaca12a257fb80719342aa3c019f6e52b3d606274bfd0",
            ),
            (hex::encode(key.avatar_tag(b"kindred")), "1935cb3ec84fa236c0ee5f021bc3f1c3"),
            (hex::encode(family.jti(1)), "ac755d902175f1060e49128affd9646b"),
            (hex::encode(family.jti_since(1, 2)), "a59582585a271b4f63a20a34a2313421"),
            (
                hex::encode(family.refresh_tag(b"message")),
                "b58030855127f041969e2563c3884b32a52b42b312e019d10f7f4f4cde5848d3",
            ),
        ];
        for (derived, vector) in vectors {
            assert_eq!(derived, vector);
        }
        let material = Secret::new([1; 32]);
        assert_eq!(DelayKey::of(&material).cell("ada@example.com"), 28_629);
        assert_eq!(CanaryKey::of(&material).place(Uuid::from_u128(7)), 65);
    }

    #[test]
    fn authenticators_are_equal_in_every_byte() {
        assert!(equal(b"same", b"same"));
        for other in [&b"samE"[..], b"Same", b"sam", b"same ", b""] {
            assert!(!equal(b"same", other), "{other:?}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let material = Secret::new([1; 32]);
        let shown = [
            format!("{:?}", root(1)),
            format!("{:?}", root(1).family_key(&[2; 16])),
            format!("{:?}", DelayKey::of(&material)),
            format!("{:?}", CanaryKey::of(&material)),
        ];
        let expected = [
            "RootKey { id: RootKeyId(1), .. }",
            "FamilyKey { root: RootKeyId(1), .. }",
            "DelayKey(***)",
            "CanaryKey(***)",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn users_are_spread_over_all_places() {
        let [key, other] = [1, 2].map(|byte| CanaryKey::of(&Secret::new([byte; 32])));
        let mut counts = [0_u32; 100];
        for user in 0..10_000 {
            counts[usize::from(key.place(Uuid::from_u128(user)))] += 1;
        }
        // 100 are expected at each place; the bounds are six standard deviations away.
        assert!(counts.iter().all(|count| (40..160).contains(count)), "{counts:?}");
        let same = (0..1_000).map(Uuid::from_u128).filter(|user| key.place(*user) == other.place(*user));
        assert!(same.count() < 100, "another key makes another choice");
    }
}
