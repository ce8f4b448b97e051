//! `secrets.*`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Environment, Reader};
use crate::secret::Secret;

const ACTIVE: &str = "secrets.master_key";
const PREVIOUS: &str = "secrets.previous_master_keys";

#[derive(Clone, Debug)]
pub struct Secrets {
    /// Seals what is secret in the database. Absent in development: then it is made once in the data
    /// directory.
    pub master_key: Option<MasterKeyText>,
    /// Open what was sealed before the master key was changed, and seal nothing.
    pub previous_master_keys: Vec<MasterKeyText>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let master_key: Option<MasterKeyText> = reader.secret(ACTIVE);
        if !profile.is_development() && !reader.is_given(ACTIVE) {
            reader.problem(ACTIVE, "is required: 32 random bytes in base64 (`openssl rand -base64 32`)");
        }
        let previous_master_keys: Vec<MasterKeyText> = reader.secret_list(PREVIOUS);
        if profile.is_development() && !reader.is_given(ACTIVE) && !previous_master_keys.is_empty() {
            reader.problem(
                PREVIOUS,
                "needs secrets.master_key; in `master.key` further lines are previous keys",
            );
        }
        let all: Vec<&MasterKeyText> = master_key.iter().chain(&previous_master_keys).collect();
        let is_twice = |(number, key): (usize, &&MasterKeyText)| all[..number].contains(key);
        if all.iter().enumerate().any(is_twice) {
            reader.problem(PREVIOUS, "must hold each key once, and not secrets.master_key");
        }
        Self { master_key, previous_master_keys }
    }
}

/// 32 bytes in base64 that look random.
#[derive(Clone)]
pub struct MasterKeyText(Secret<[u8; 32]>);

impl MasterKeyText {
    pub const fn key(&self) -> &Secret<[u8; 32]> {
        &self.0
    }
}

impl PartialEq for MasterKeyText {
    /// Both are the operator's own: how long this takes tells nobody anything.
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl fmt::Debug for MasterKeyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for MasterKeyText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "must be 32 bytes in base64 (`openssl rand -base64 32`)";
        let bytes = zeroize::Zeroizing::new(STANDARD.decode(text).map_err(|_| rule)?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| rule)?;
        let distinct = key.iter().collect::<std::collections::BTreeSet<_>>().len();
        // 32 random bytes have fewer than 16 distinct values with a probability below 2^-70.
        if distinct < 16 {
            return Err("is not random: generate it with `openssl rand -base64 32`");
        }
        Ok(Self(Secret::new(key)))
    }
}
