//! bcrypt (Provos and Mazières, 1999), as `crypt` writes it: `$2b$COST$` and 53 characters. Two programs hash a digest of
//! the password, so that bcrypt reads all of it:
//!
//! - Django: `bcrypt_sha256$$2b$…`, of SHA-256 in hexadecimal
//! - WordPress since 6.8: `$wp$2y$…`, of HMAC-SHA384 in base64

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{HashProblem, are_equal};

/// 2^14 rounds take about a second.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;
const SALT: usize = 16;
/// The algorithm computes 24 bytes, and every implementation drops the last.
const HASH: usize = 23;
const SALT_TEXT: usize = 22;
const HASH_TEXT: usize = 31;
/// What the algorithm reads of a password, its closing NUL included.
const LONGEST: usize = 72;

/// Some implementations leave random bits behind the salt's last.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// What bcrypt is given.
#[derive(Clone, Copy, Debug)]
enum Key {
    Password,
    Sha256Hex,
    WordPress,
}

#[derive(Debug)]
pub struct Bcrypt {
    key: Key,
    cost: u32,
    salt: [u8; SALT],
    hash: [u8; HASH],
}

/// What follows the version. `2a`, `2b` and `2y` are the same for passwords that a person can have; `2x`
/// has a flaw of its own and is not known here.
fn tail(stored: &str) -> Option<&str> {
    ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| stored.strip_prefix(version))
}

impl Bcrypt {
    /// `None` for what is no bcrypt.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        let (key, stored) = if let Some(rest) = stored.strip_prefix("bcrypt_sha256$") {
            (Key::Sha256Hex, rest)
        } else if let Some(rest) = stored.strip_prefix("$wp") {
            (Key::WordPress, rest)
        } else {
            (Key::Password, stored)
        };
        Some(Self::parse_tail(key, tail(stored)?))
    }

    fn parse_tail(key: Key, tail: &str) -> Result<Self, HashProblem> {
        let (cost, rest) = tail.split_once('$').ok_or(HashProblem::Malformed)?;
        let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost: u32 = cost.parse().ok().filter(|_| is_cost).ok_or(HashProblem::Malformed)?;
        if rest.len() != SALT_TEXT + HASH_TEXT || !rest.is_ascii() || cost < *COSTS.start() {
            return Err(HashProblem::Malformed);
        }
        let (salt, hash) = rest.split_at(SALT_TEXT);
        let parsed = Self { key, cost, salt: decode(salt)?, hash: decode(hash)? };
        if COSTS.contains(&cost) { Ok(parsed) } else { Err(HashProblem::TooExpensive) }
    }

    /// Only the first 72 bytes count, as in every implementation.
    pub fn matches(&self, password: &str) -> bool {
        let mut key = Zeroizing::new(self.key.bytes(password.as_bytes()));
        key.truncate(LONGEST);
        let computed = ::bcrypt::bcrypt(self.cost, self.salt, &key);
        are_equal(computed.get(..HASH).unwrap_or_default(), &self.hash)
    }
}

impl Key {
    /// With the NUL that closes it.
    fn bytes(self, password: &[u8]) -> Vec<u8> {
        match self {
            Self::Password => closed(password),
            Self::Sha256Hex => closed(hex::encode(digest::digest(&digest::SHA256, password)).as_bytes()),
            Self::WordPress => {
                let key = hmac::Key::new(hmac::HMAC_SHA384, b"wp-sha384");
                closed(STANDARD.encode(hmac::sign(&key, password)).as_bytes())
            }
        }
    }
}

fn closed(text: &[u8]) -> Vec<u8> {
    [text, &[0]].concat()
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], HashProblem> {
    let bytes = BASE64.decode(text).map_err(|_| HashProblem::Malformed)?;
    bytes.try_into().map_err(|_| HashProblem::Malformed)
}
