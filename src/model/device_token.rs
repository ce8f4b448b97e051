//! The token of a known device. It shows that the user has logged in from this device before, so that wrong passwords
//! of strangers are counted separately (OWASP, *device cookies*).
//!
//! `kd2_` + base64url without padding (RFC 4648 §5) of 57 bytes:
//!
//! | bytes | |
//! |---|---|
//! | 0 | root key id |
//! | 1–16 | device id |
//! | 17–24 | when it was issued, in microseconds since the Unix epoch, big endian |
//! | 25–56 | tag: HMAC under the device key over the prefix, the bytes before it, the user's id and the device epoch |
//!
//! The token has no row and contains no account: it is verified for the account of the login. It does not
//! authenticate by itself. Whether the device also replaces a second factor is stored in `trusted_devices` under its
//! id.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::family_key::{RootKey, RootKeyId, equal};
use crate::clock::Timestamp;
use crate::secret::Secret;

/// How long a device stays known after its last login.
pub const LIFETIME: Duration = Duration::from_secs(180 * 86_400);

const PREFIX: &str = "kd2_";
const BODY: usize = 25;
const LEN: usize = 57;
/// Enough to tell the accounts of one browser apart.
const ACCOUNT_KEY_LEN: usize = 8;
const TEXT_LEN: usize = PREFIX.len() + (LEN * 4).div_ceil(3);

/// The user whose device it is, and the device epoch. A token of an earlier epoch is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceOwner {
    /// The account that knows the device.
    pub user_id: Uuid,
    /// The user's `device_epoch`: logging out everywhere moves it on, and with it all earlier tokens become void.
    pub device_epoch: i64,
}

/// A well-formed token. [`DeviceToken::is_of`] says whether it is authentic.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken([u8; LEN]);

impl DeviceToken {
    /// A token of this device for this account, which expires a fixed time after `at`.
    pub fn issue(root: &RootKey, owner: DeviceOwner, device_id: Uuid, at: Timestamp) -> Self {
        let mut bytes = [0; LEN];
        bytes[0] = root.id.0;
        bytes[1..17].copy_from_slice(device_id.as_bytes());
        bytes[17..BODY].copy_from_slice(&at.as_micros().to_be_bytes());
        let tag = tag(root, &bytes[..BODY], owner);
        bytes[BODY..].copy_from_slice(&tag);
        Self(bytes)
    }

    /// Reads a token. Each token has exactly one text.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX).filter(|_| text.len() == TEXT_LEN)?;
        let mut bytes = [0; LEN];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).ok()?;
        (length == LEN).then_some(Self(bytes))
    }

    /// The root key that the token names; it may be unknown here.
    pub const fn root_key_id(&self) -> RootKeyId {
        RootKeyId(self.0[0])
    }

    /// The device. Not verified until [`Self::is_of`] holds.
    pub fn device_id(&self) -> Uuid {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[1..17]);
        Uuid::from_bytes(id)
    }

    fn issued_at(&self) -> Timestamp {
        let mut at = [0; 8];
        at.copy_from_slice(&self.0[17..BODY]);
        Timestamp::from_micros(i64::from_be_bytes(at))
    }

    /// Whether this root key has signed it for this user and device epoch.
    pub fn is_of(&self, root: &RootKey, owner: DeviceOwner) -> bool {
        root.id == self.root_key_id() && equal(&tag(root, &self.0[..BODY], owner), &self.0[BODY..])
    }

    /// Whether its time has passed; not verified until [`Self::is_of`] holds.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.issued_at().plus(LIFETIME) <= now
    }

    /// The text for the client.
    pub fn reveal(&self) -> Secret<String> {
        let mut text = String::with_capacity(TEXT_LEN);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0, &mut text);
        Secret::new(text)
    }
}

/// The name of an account in a browser's cookie. Without the key, no one can tell whose account it is.
pub fn account_key(root: &RootKey, user_id: Uuid) -> String {
    let tag = root.device_tag(&[b"account".as_slice(), user_id.as_bytes()].concat());
    URL_SAFE_NO_PAD.encode(&tag[..ACCOUNT_KEY_LEN])
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DeviceToken").field("device_id", &self.device_id()).finish_non_exhaustive()
    }
}

fn tag(root: &RootKey, body: &[u8], owner: DeviceOwner) -> [u8; 32] {
    let epoch = owner.device_epoch.to_be_bytes();
    root.device_tag(&[PREFIX.as_bytes(), body, owner.user_id.as_bytes(), &epoch].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWNER: DeviceOwner = DeviceOwner { user_id: Uuid::from_u128(3), device_epoch: 5 };
    const ISSUED: Timestamp = Timestamp::from_micros(1_000_000);

    fn root(byte: u8) -> RootKey {
        RootKey::new(RootKeyId(7), Secret::new([byte; 32]))
    }

    fn token() -> DeviceToken {
        DeviceToken::issue(&root(3), OWNER, Uuid::from_u128(42), ISSUED)
    }

    #[test]
    fn the_text_says_what_was_put_in() {
        let text = token().reveal();
        assert_eq!(text.expose().len(), 80);
        let parsed = DeviceToken::parse(text.expose()).unwrap();
        assert_eq!(parsed.root_key_id(), RootKeyId(7));
        assert_eq!(parsed.device_id(), Uuid::from_u128(42));
        assert!(parsed.is_of(&root(3), OWNER));
    }

    #[test]
    fn it_is_of_one_user_in_one_epoch_under_one_key() {
        let token = token();
        assert!(!token.is_of(&root(4), OWNER));
        assert!(!token.is_of(&root(3), DeviceOwner { user_id: Uuid::from_u128(4), ..OWNER }));
        assert!(!token.is_of(&root(3), DeviceOwner { device_epoch: 6, ..OWNER }));
        assert!(!token.is_of(&RootKey::new(RootKeyId(8), Secret::new([3; 32])), OWNER));
    }

    #[test]
    fn it_is_over_after_half_a_year() {
        let end = ISSUED.plus(Duration::from_secs(15_552_000));
        assert!(!token().is_expired(end.minus(Duration::from_micros(1))));
        assert!(token().is_expired(end));
    }

    #[test]
    fn only_the_exact_text_is_a_token() {
        let text = token().reveal().expose().clone();
        for wrong in [
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            format!("{text}="),
            format!(" {text}"),
            text.replacen("kd2_", "kd1_", 1),
            String::new(),
        ] {
            assert_eq!(DeviceToken::parse(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_name_of_an_account_depends_on_the_user_and_on_the_key() {
        let name = account_key(&root(3), OWNER.user_id);
        assert_eq!(name.len(), 11);
        assert_eq!(name, account_key(&root(3), Uuid::from_u128(3)));
        assert_ne!(name, account_key(&root(3), Uuid::from_u128(4)));
        assert_ne!(name, account_key(&root(4), Uuid::from_u128(3)));
    }

    #[test]
    fn debug_shows_the_device_without_the_tag() {
        let shown = "DeviceToken { device_id: 00000000-0000-0000-0000-00000000002a, .. }";
        assert_eq!(format!("{:?}", token()), shown);
    }

    proptest! {
        #[test]
        fn any_flipped_bit_breaks_it(bit in 0..LEN * 8) {
            let mut altered = token();
            altered.0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!altered.is_of(&root(3), OWNER));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC*") {
            let _ = DeviceToken::parse(&text);
        }
    }
}
