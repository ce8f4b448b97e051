//! PBKDF2 (RFC 8018 §5.2) in the spellings that are about:
//!
//! - PHC: `$pbkdf2-sha256$i=600000,l=32$SALT$HASH`
//! - passlib: `$pbkdf2-sha256$29000$SALT$HASH`, with `.` for base64's `+`
//! - Django: `pbkdf2_sha256$600000$SALT$HASH`, whose salt is text and whose hash has padding
//! - Werkzeug: `pbkdf2:sha256:600000$SALT$HASH`, whose salt is text and whose hash is hexadecimal
//! - Spring: `{pbkdf2}HEX` and `{pbkdf2@SpringSecurity_v5_8}HEX`, whose names stand for the parameters

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{HashProblem, hexadecimal, members, number, padded, parts};

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
        let (kind, parts) = Parts::read(stored)?;
        Some(parts.and_then(|parts| parts.checked(kind)))
    }

    pub fn matches(&self, password: &str) -> bool {
        pbkdf2::verify(self.algorithm, self.iterations, &self.salt, password.as_bytes(), &self.hash).is_ok()
    }
}

/// The hash function and the length of its output.
type Kind = (Algorithm, usize);

const SHA1: Kind = (PBKDF2_HMAC_SHA1, 20);
const SHA256: Kind = (PBKDF2_HMAC_SHA256, 32);
const SHA512: Kind = (PBKDF2_HMAC_SHA512, 64);

/// Reads what follows the beginning of a spelling.
type Read = fn(&str) -> Result<Parts, HashProblem>;

/// How each spelling begins, and what reads the rest.
const SPELLINGS: [(&str, Kind, Read); 12] = [
    ("$pbkdf2$", SHA1, Parts::modular),
    ("$pbkdf2-sha1$", SHA1, Parts::modular),
    ("$pbkdf2-sha256$", SHA256, Parts::modular),
    ("$pbkdf2-sha512$", SHA512, Parts::modular),
    ("pbkdf2_sha1$", SHA1, Parts::django),
    ("pbkdf2_sha256$", SHA256, Parts::django),
    ("pbkdf2_sha512$", SHA512, Parts::django),
    ("pbkdf2:sha1:", SHA1, Parts::werkzeug),
    ("pbkdf2:sha256:", SHA256, Parts::werkzeug),
    ("pbkdf2:sha512:", SHA512, Parts::werkzeug),
    ("{pbkdf2}", SHA1, |text| Parts::spring(text, 185_000, 8)),
    ("{pbkdf2@SpringSecurity_v5_8}", SHA256, |text| Parts::spring(text, 310_000, 16)),
];

struct Parts {
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Parts {
    fn read(stored: &str) -> Option<(Kind, Result<Self, HashProblem>)> {
        SPELLINGS.iter().find_map(|(start, kind, read)| Some((*kind, read(stored.strip_prefix(start)?))))
    }

    fn modular(tail: &str) -> Result<Self, HashProblem> {
        let [params, salt, hash] = parts(tail)?;
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
        Ok(Self { iterations, salt, hash })
    }

    fn django(tail: &str) -> Result<Self, HashProblem> {
        let [iterations, salt, hash] = parts(tail)?;
        Ok(Self { iterations: number(iterations)?, salt: salt.as_bytes().to_vec(), hash: padded(hash)? })
    }

    fn werkzeug(tail: &str) -> Result<Self, HashProblem> {
        let [iterations, salt, hash] = parts(tail)?;
        Ok(Self { iterations: number(iterations)?, salt: salt.as_bytes().to_vec(), hash: hexadecimal(hash)? })
    }

    /// The salt and 32 bytes of output, of an encoder with the parameters of this name and without a secret.
    fn spring(tail: &str, iterations: u32, salt_length: usize) -> Result<Self, HashProblem> {
        let bytes = hexadecimal(tail)?;
        if bytes.len() != salt_length + 32 {
            return Err(HashProblem::Malformed);
        }
        let (salt, hash) = bytes.split_at(salt_length);
        Ok(Self { iterations, salt: salt.to_vec(), hash: hash.to_vec() })
    }

    fn checked(self, (algorithm, block): Kind) -> Result<Pbkdf2, HashProblem> {
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

impl std::fmt::Debug for Pbkdf2 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pbkdf2").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}
