//! PBKDF2 (RFC 8018 §5.2) in the three spellings that are about:
//!
//! - PHC: `$pbkdf2-sha256$i=600000,l=32$SALT$HASH`
//! - passlib: `$pbkdf2-sha256$29000$SALT$HASH`, with `.` for base64's `+`
//! - Django: `pbkdf2_sha256$600000$SALT$HASH`, whose salt is text and whose hash has padding

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::{HashProblem, members, number};

/// Iterations times blocks of the output: about a second.
const MAX_WORK: u64 = 1 << 21;
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=128;

pub struct Pbkdf2 {
    algorithm: Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2 {
    /// `None` for what is no PBKDF2.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        let algorithms = [("sha256", PBKDF2_HMAC_SHA256, 32), ("sha512", PBKDF2_HMAC_SHA512, 64)];
        for (name, algorithm, block) in algorithms {
            if let Some(tail) = stored.strip_prefix(&format!("$pbkdf2-{name}$")) {
                return Some(Self::modular(tail).and_then(|parts| parts.checked(algorithm, block)));
            }
            if let Some(tail) = stored.strip_prefix(&format!("pbkdf2_{name}$")) {
                return Some(Self::django(tail).and_then(|parts| parts.checked(algorithm, block)));
            }
        }
        None
    }

    fn modular(tail: &str) -> Result<Parts, HashProblem> {
        let [params, salt, hash] = three(tail)?;
        let (iterations, length) = if params.contains('=') {
            let [iterations, length] = members(params, ["i", "l"])?;
            (iterations, Some(length))
        } else {
            (number(params)?, None)
        };
        let decode =
            |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).map_err(|_| HashProblem::Malformed);
        let (salt, hash) = (decode(salt)?, decode(hash)?);
        if length.is_some_and(|length| length as usize != hash.len()) {
            return Err(HashProblem::Malformed);
        }
        Ok(Parts { iterations, salt, hash })
    }

    fn django(tail: &str) -> Result<Parts, HashProblem> {
        let [iterations, salt, hash] = three(tail)?;
        let hash = STANDARD.decode(hash).map_err(|_| HashProblem::Malformed)?;
        Ok(Parts { iterations: number(iterations)?, salt: salt.as_bytes().to_vec(), hash })
    }

    pub fn matches(&self, password: &str) -> bool {
        pbkdf2::verify(self.algorithm, self.iterations, &self.salt, password.as_bytes(), &self.hash).is_ok()
    }
}

impl std::fmt::Debug for Pbkdf2 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pbkdf2").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

struct Parts {
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Parts {
    fn checked(self, algorithm: Algorithm, block: usize) -> Result<Pbkdf2, HashProblem> {
        let iterations = NonZeroU32::new(self.iterations).ok_or(HashProblem::Malformed)?;
        if !LENGTHS.contains(&self.hash.len()) || self.salt.is_empty() {
            return Err(HashProblem::Malformed);
        }
        let blocks = self.hash.len().div_ceil(block) as u64;
        if u64::from(self.iterations) * blocks > MAX_WORK {
            return Err(HashProblem::TooExpensive);
        }
        Ok(Pbkdf2 { algorithm, iterations, salt: self.salt, hash: self.hash })
    }
}

fn three(text: &str) -> Result<[&str; 3], HashProblem> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| HashProblem::Malformed)
}
