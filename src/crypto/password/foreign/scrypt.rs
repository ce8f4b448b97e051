//! scrypt (RFC 7914) as a PHC string: `$scrypt$ln=16,r=8,p=1$SALT$HASH`.

use ::scrypt::Params;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::HashError;
use super::{HashProblem, are_equal, members};

/// N · r · p: the work. 2^21 take about a second, and then the memory, 128 · N · r bytes, is 256 MiB at most.
const MAX_WORK: u64 = 1 << 21;
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

#[derive(Debug)]
pub struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Scrypt {
    /// Reads what follows `$scrypt$`.
    pub fn parse(tail: &str) -> Result<Self, HashProblem> {
        let parts: Vec<&str> = tail.split('$').collect();
        let [params, salt, hash] = parts[..] else { return Err(HashProblem::Malformed) };
        let [log_n, r, p] = members(params, ["ln", "r", "p"])?;
        let work = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
        let work = work.saturating_mul(u64::from(r)).saturating_mul(u64::from(p));
        if log_n > 63 || work > MAX_WORK {
            return Err(HashProblem::TooExpensive);
        }
        let log_n = u8::try_from(log_n).map_err(|_| HashProblem::TooExpensive)?;
        let params = Params::new(log_n, r, p).map_err(|_| HashProblem::Malformed)?;
        let decode = |text| STANDARD_NO_PAD.decode(text).map_err(|_| HashProblem::Malformed);
        let (salt, hash) = (decode(salt)?, decode(hash)?);
        if !LENGTHS.contains(&hash.len()) || log_n == 0 {
            return Err(HashProblem::Malformed);
        }
        Ok(Self { params, salt, hash })
    }

    pub fn matches(&self, password: &str) -> Result<bool, HashError> {
        let mut computed = vec![0; self.hash.len()];
        ::scrypt::scrypt(password.as_bytes(), &self.salt, &self.params, &mut computed)
            .map_err(|_| HashError::Failed)?;
        Ok(are_equal(&computed, &self.hash))
    }
}
