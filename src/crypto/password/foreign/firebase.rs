//! Firebase Authentication's modified scrypt: scrypt makes a key of AES-256, and the hash is the project's signer key,
//! encrypted with it in counter mode. The parameters of the project stand in each hash, in the form in which Supabase
//! Auth takes them: `$fbscrypt$v=1,n=14,r=8,p=1,ss=SALT_SEPARATOR,sk=SIGNER_KEY$SALT$HASH`.

use ::scrypt::Params;
use aws_lc_rs::cipher::{AES_256, AES_256_KEY_LEN, EncryptingKey, EncryptionContext, UnboundCipherKey};
use zeroize::Zeroizing;

use super::super::HashError;
use super::scrypt::params;
use super::{HashProblem, are_equal, members, padded, parts};

/// Of the signer key and of the hash, in bytes. Firebase's have 64.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=128;

pub struct Firebase {
    params: Params,
    /// With the project's separator behind it.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    hash: Vec<u8>,
}

impl Firebase {
    /// `None` for what is not Firebase's.
    pub fn parse(stored: &str) -> Option<Result<Self, HashProblem>> {
        Some(Self::parse_tail(stored.strip_prefix("$fbscrypt$")?))
    }

    fn parse_tail(tail: &str) -> Result<Self, HashProblem> {
        let [project, salt, hash] = parts(tail)?;
        let (costs, keys) = project.split_once(",ss=").ok_or(HashProblem::Malformed)?;
        let (separator, signer_key) = keys.split_once(",sk=").ok_or(HashProblem::Malformed)?;
        let [version, n, r, p] = members(costs, ["v", "n", "r", "p"])?;
        let salt = [padded(salt)?, padded(separator)?].concat();
        let (signer_key, hash) = (padded(signer_key)?, padded(hash)?);
        if version != 1 || p != 1 || hash.len() != signer_key.len() || !LENGTHS.contains(&hash.len()) {
            return Err(HashProblem::Malformed);
        }
        Ok(Self { params: params([n, r, p])?, salt, signer_key, hash })
    }

    pub fn matches(&self, password: &str) -> Result<bool, HashError> {
        let mut key = Zeroizing::new([0; AES_256_KEY_LEN]);
        ::scrypt::scrypt(password.as_bytes(), &self.salt, &self.params, key.as_mut())
            .map_err(|_| HashError::Failed)?;
        let key = UnboundCipherKey::new(&AES_256, key.as_ref()).and_then(EncryptingKey::ctr);
        let mut computed = self.signer_key.clone();
        // The counter begins at zero: the key encrypts nothing else.
        let counter = EncryptionContext::Iv128([0; 16].into());
        key.and_then(|key| key.less_safe_encrypt(&mut computed, counter)).map_err(|_| HashError::Failed)?;
        Ok(are_equal(&computed, &self.hash))
    }
}

impl std::fmt::Debug for Firebase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Firebase").field("params", &self.params).finish_non_exhaustive()
    }
}
