//! Argon2 (RFC 9106) in all three variants, made elsewhere. The hasher verifies them as its own.

use ::argon2::password_hash::phc::PasswordHash;
use ::argon2::{Algorithm, Params, Version};

use super::HashProblem;

/// 1 GiB, and as many passes over it as take about a second.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_WORK: u64 = 1 << 21;
const MAX_LANES: u32 = 16;

pub fn check(hash: &str) -> Result<(), HashProblem> {
    let malformed = HashProblem::Malformed;
    let hash = PasswordHash::new(hash).map_err(|_| malformed)?;
    Algorithm::new(hash.algorithm.as_str()).map_err(|_| HashProblem::Unknown)?;
    hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| malformed)?;
    let params = Params::try_from(&hash).map_err(|_| malformed)?;
    let work = u64::from(params.m_cost()).saturating_mul(u64::from(params.t_cost()));
    if params.m_cost() > MAX_MEMORY_KIB || work > MAX_WORK || params.p_cost() > MAX_LANES {
        return Err(HashProblem::TooExpensive);
    }
    // A secret that was mixed in is not at hand here.
    let is_keyed = !params.keyid().is_empty() || !params.data().is_empty();
    if hash.salt.is_none() || hash.hash.is_none() || is_keyed {
        return Err(malformed);
    }
    Ok(())
}
