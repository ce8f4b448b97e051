//! One thread's Argon2id with its memory.

use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;

use super::HashError;
use super::foreign::ForeignHash;
use crate::config::Password;
use crate::entropy::{Entropy, bytes};

/// A stored hash may not cost more than this, wherever it comes from: 1 GiB, 100 passes, 16 lanes.
const MAX_COSTS: (u32, u32, u32) = (1 << 20, 100, 16);

/// In bytes.
pub const SALT_LEN: usize = 16;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    Match {
        /// The stored hash was made with other parameters than today's.
        outdated: bool,
    },
    Mismatch,
}

pub(super) struct Hasher {
    params: Params,
    /// Kept between hashes: fresh memory costs a fifth of the rate (see docs/performance.md).
    memory: Vec<Block>,
    entropy: Arc<dyn Entropy>,
}

impl Hasher {
    pub fn new(config: &Password, entropy: Arc<dyn Entropy>) -> Self {
        // The configuration was validated; Argon2's own floor is below ours.
        let params = Params::new(config.memory_kib, config.iterations, config.parallelism, None);
        Self { params: params.unwrap_or_default(), memory: Vec::new(), entropy }
    }

    pub fn hash(&mut self, password: &str) -> Result<String, HashError> {
        let salt: [u8; SALT_LEN] = bytes(self.entropy.as_ref());
        self.hash_with(password, &salt)
    }

    pub fn hash_with(&mut self, password: &str, salt: &[u8; SALT_LEN]) -> Result<String, HashError> {
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        let params = self.params.clone();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        self.derive(&argon2, password, salt, &mut out)?;
        phc(&params, salt, &out)
    }

    pub fn verify(&mut self, password: &str, stored: &str) -> Result<Verification, HashError> {
        if let Some(foreign) = ForeignHash::parse(stored) {
            return foreign.map_err(|_| HashError::Failed)?.verify(password);
        }
        let hash = PasswordHash::new(stored).map_err(|_| HashError::Failed)?;
        let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
            return Err(HashError::Failed);
        };
        let algorithm = Algorithm::new(hash.algorithm.as_str()).map_err(|_| HashError::Failed)?;
        // A string without a version is version 1.0 (0x10), from before there were two.
        let version =
            hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| HashError::Failed)?;
        // The length of the output is part of what is hashed, so it comes from the stored hash.
        let params = Params::try_from(&hash).map_err(|_| HashError::Failed)?;
        let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(expected.len()));
        let params = params.map_err(|_| HashError::Failed)?;
        if (params.m_cost(), params.t_cost(), params.p_cost()) != self.costs() && exceeds(&params) {
            return Err(HashError::Failed);
        }
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..expected.len()).ok_or(HashError::Failed)?;
        self.derive(&Argon2::new(algorithm, version, params.clone()), password, salt, out)?;
        if constant_time::verify_slices_are_equal(out, expected.as_bytes()).is_err() {
            return Ok(Verification::Mismatch);
        }
        let current = (algorithm, version) == (Algorithm::Argon2id, Version::V0x13)
            && (params.m_cost(), params.t_cost(), params.p_cost()) == self.costs();
        Ok(Verification::Match { outdated: !current })
    }

    /// Which of a set of hashes that share their salt and costs is the secret's: one derivation, compared with
    /// every one of them.
    pub fn find(&mut self, secret: &str, set: &[String]) -> Result<Option<usize>, HashError> {
        let hashes: Vec<PasswordHash> = set
            .iter()
            .map(|stored| PasswordHash::new(stored))
            .collect::<Result<_, _>>()
            .map_err(|_| HashError::Failed)?;
        let Some(first) = hashes.first() else { return Ok(None) };
        let salt = first.salt.as_ref().ok_or(HashError::Failed)?;
        let params = Params::try_from(first).map_err(|_| HashError::Failed)?;
        let is_alike = |hash: &PasswordHash| hash.salt == first.salt && hash.params == first.params;
        if exceeds(&params) || !hashes.iter().all(is_alike) {
            return Err(HashError::Failed);
        }
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), None);
        let params = params.map_err(|_| HashError::Failed)?;
        self.derive(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), secret, salt, &mut out)?;
        let mut found = None;
        for (position, hash) in hashes.iter().enumerate() {
            let expected = hash.hash.as_ref().ok_or(HashError::Failed)?;
            if constant_time::verify_slices_are_equal(&out, expected.as_bytes()).is_ok() {
                found = Some(position);
            }
        }
        Ok(found)
    }

    /// A hash with today's parameters that no password matches, except with a probability of 2^-256.
    pub fn dummy(&self) -> String {
        let (salt, out): ([u8; 16], [u8; 32]) = (bytes(self.entropy.as_ref()), bytes(self.entropy.as_ref()));
        phc(&self.params, &salt, &out).unwrap_or_default()
    }

    fn costs(&self) -> (u32, u32, u32) {
        (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
    }

    fn derive(
        &mut self,
        argon2: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), HashError> {
        self.memory.resize(argon2.params().block_count(), Block::new());
        let hashed =
            argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut self.memory[..]);
        let kept = self.params.block_count();
        if self.memory.len() > kept {
            self.memory.truncate(kept);
            self.memory.shrink_to_fit();
        }
        hashed.map_err(|_| HashError::Failed)
    }
}

fn exceeds(params: &Params) -> bool {
    params.m_cost() > MAX_COSTS.0 || params.t_cost() > MAX_COSTS.1 || params.p_cost() > MAX_COSTS.2
}

/// The PHC string of an Argon2id hash: algorithm, version, costs, salt and output in one text.
fn phc(params: &Params, salt: &[u8], out: &[u8]) -> Result<String, HashError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Failed)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(out).map_err(|_| HashError::Failed)?),
    };
    Ok(hash.to_string())
}
