//! scrypt (RFC 7914) in the spellings that are about:
//!
//! - PHC: `$scrypt$ln=16,r=8,p=1$SALT$HASH`
//! - Django: `scrypt$16384$SALT$8$5$HASH`, whose salt is text
//! - Werkzeug: `scrypt:32768:8:1$SALT$HASH`, whose salt is text and whose hash is hexadecimal
//! - Spring: `{scrypt}$100801$SALT$HASH`, whose first part is log2 N, r and p in hexadecimal

use ::scrypt::Params;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::HashError;
use super::{HashProblem, are_equal, hexadecimal, members, number, padded, parts};

/// N · r · p: the work. 2^21 take about a second, and then the memory, 128 · N · r bytes, is 256 MiB at most.
const MAX_WORK: u64 = 1 << 21;
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Reads what follows the beginning of a spelling.
type Read = fn(&str) -> Result<Scrypt, HashProblem>;

/// How each spelling begins, and what reads the rest.
const SPELLINGS: [(&str, Read); 5] = [
    ("$scrypt$", Scrypt::phc),
    ("scrypt$", Scrypt::django),
    ("scrypt:", Scrypt::werkzeug),
    ("{scrypt}$", Scrypt::spring),
    ("{scrypt@SpringSecurity_v5_8}$", Scrypt::spring),
];

#[derive(Debug)]
pub struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Scrypt {
    /// `None` for what is no scrypt.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        SPELLINGS.iter().find_map(|(start, read)| Some(read(stored.strip_prefix(start)?)))
    }

    fn phc(tail: &str) -> Result<Self, HashProblem> {
        let [costs, salt, hash] = parts(tail)?;
        let params = params(members(costs, ["ln", "r", "p"])?)?;
        let decode = |text| STANDARD_NO_PAD.decode(text).map_err(|_| HashProblem::Malformed);
        Self::checked(params, decode(salt)?, decode(hash)?)
    }

    fn django(tail: &str) -> Result<Self, HashProblem> {
        let [n, salt, r, p, hash] = parts(tail)?;
        Self::checked(params_of_n([n, r, p])?, salt.as_bytes().to_vec(), padded(hash)?)
    }

    fn werkzeug(tail: &str) -> Result<Self, HashProblem> {
        let [costs, salt, hash] = parts(tail)?;
        let costs: Vec<&str> = costs.split(':').collect();
        let costs = costs.try_into().map_err(|_| HashProblem::Malformed)?;
        Self::checked(params_of_n(costs)?, salt.as_bytes().to_vec(), hexadecimal(hash)?)
    }

    fn spring(tail: &str) -> Result<Self, HashProblem> {
        let [costs, salt, hash] = parts(tail)?;
        let costs = u32::from_str_radix(costs, 16).map_err(|_| HashProblem::Malformed)?;
        Self::checked(params([costs >> 16, costs >> 8 & 0xff, costs & 0xff])?, padded(salt)?, padded(hash)?)
    }

    fn checked(params: Params, salt: Vec<u8>, hash: Vec<u8>) -> Result<Self, HashProblem> {
        if LENGTHS.contains(&hash.len()) {
            Ok(Self { params, salt, hash })
        } else {
            Err(HashProblem::Malformed)
        }
    }

    pub fn matches(&self, password: &str) -> Result<bool, HashError> {
        let mut computed = vec![0; self.hash.len()];
        ::scrypt::scrypt(password.as_bytes(), &self.salt, &self.params, &mut computed)
            .map_err(|_| HashError::Failed)?;
        Ok(are_equal(&computed, &self.hash))
    }
}

/// Of log2 N, r and p.
pub(super) fn params([log_n, r, p]: [u32; 3]) -> Result<Params, HashProblem> {
    let work = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
    let work = work.saturating_mul(u64::from(r)).saturating_mul(u64::from(p));
    if log_n > 63 || work > MAX_WORK {
        return Err(HashProblem::TooExpensive);
    }
    let log_n = u8::try_from(log_n).ok().filter(|log_n| *log_n > 0).ok_or(HashProblem::Malformed)?;
    Params::new(log_n, r, p).map_err(|_| HashProblem::Malformed)
}

/// Of N, a power of two, r and p.
fn params_of_n([n, r, p]: [&str; 3]) -> Result<Params, HashProblem> {
    let n: u64 = number(n)?;
    if !n.is_power_of_two() {
        return Err(HashProblem::Malformed);
    }
    params([n.trailing_zeros(), number(r)?, number(p)?])
}
