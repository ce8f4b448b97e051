//! phpass's portable hashes (Openwall), which WordPress before 6.8 (`$P$`) and phpBB 3 (`$H$`) write: MD5, repeated.

use md5::{Digest, Md5};

use super::{HashProblem, are_equal};

/// `crypt`'s digits, the lowest first.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// log2 of the rounds. 2^18 of them on a long password take about a second.
const COSTS: std::ops::RangeInclusive<u32> = 7..=18;
const SALT: usize = 8;
const HASH: usize = 22;

#[derive(Debug)]
pub struct Phpass {
    rounds: u32,
    salt: String,
    /// As `crypt` writes it.
    hash: String,
}

impl Phpass {
    /// `None` for what is no phpass.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        Some(Self::parse_tail(stored.strip_prefix("$P$").or_else(|| stored.strip_prefix("$H$"))?))
    }

    fn parse_tail(tail: &str) -> Result<Self, HashProblem> {
        let is_digit = |byte: u8| DIGITS.contains(&byte);
        if tail.len() != 1 + SALT + HASH || !tail.bytes().all(is_digit) {
            return Err(HashProblem::Malformed);
        }
        let (cost, rest) = tail.split_at(1);
        let cost =
            (0..).zip(DIGITS).find(|(_, digit)| cost.as_bytes() == [**digit]).map_or(0, |(cost, _)| cost);
        if cost < *COSTS.start() {
            return Err(HashProblem::Malformed);
        }
        if !COSTS.contains(&cost) {
            return Err(HashProblem::TooExpensive);
        }
        let (salt, hash) = rest.split_at(SALT);
        Ok(Self { rounds: 1 << cost, salt: salt.to_owned(), hash: hash.to_owned() })
    }

    pub fn matches(&self, password: &str) -> bool {
        let mut computed = Md5::new().chain_update(&self.salt).chain_update(password).finalize();
        for _ in 0..self.rounds {
            computed = Md5::new().chain_update(computed).chain_update(password).finalize();
        }
        are_equal(encode(&computed).as_bytes(), self.hash.as_bytes())
    }
}

/// Three bytes are four digits, of both the lowest first.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(HASH);
    for three in bytes.chunks(3) {
        let value = three.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte));
        for digit in 0..=three.len() {
            text.extend(DIGITS.get(value >> (6 * digit) & 63).copied().map(char::from));
        }
    }
    text
}
