//! bcrypt (Provos and Mazières, 1999), as `crypt` writes it: `$2b$COST$` and 53 characters.

use base64::Engine;
use base64::alphabet;
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

#[derive(Debug)]
pub struct Bcrypt {
    cost: u32,
    salt: [u8; SALT],
    hash: [u8; HASH],
}

/// What follows the version. `2a`, `2b` and `2y` are the same for passwords that a person can have; `2x`
/// has a flaw of its own and is not known here.
pub fn tail(stored: &str) -> Option<&str> {
    ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| stored.strip_prefix(version))
}

impl Bcrypt {
    pub fn parse(tail: &str) -> Result<Self, HashProblem> {
        let (cost, rest) = tail.split_once('$').ok_or(HashProblem::Malformed)?;
        let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost: u32 = cost.parse().ok().filter(|_| is_cost).ok_or(HashProblem::Malformed)?;
        if rest.len() != SALT_TEXT + HASH_TEXT || !rest.is_ascii() || cost < *COSTS.start() {
            return Err(HashProblem::Malformed);
        }
        let (salt, hash) = rest.split_at(SALT_TEXT);
        let parsed = Self { cost, salt: decode(salt)?, hash: decode(hash)? };
        if COSTS.contains(&cost) { Ok(parsed) } else { Err(HashProblem::TooExpensive) }
    }

    /// Only the first 72 bytes count, as in every implementation.
    pub fn matches(&self, password: &str) -> bool {
        let mut key = Zeroizing::new([password.as_bytes(), &[0]].concat());
        key.truncate(LONGEST);
        let computed = ::bcrypt::bcrypt(self.cost, self.salt, &key);
        are_equal(computed.get(..HASH).unwrap_or_default(), &self.hash)
    }
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], HashProblem> {
    let bytes = BASE64.decode(text).map_err(|_| HashProblem::Malformed)?;
    bytes.try_into().map_err(|_| HashProblem::Malformed)
}
