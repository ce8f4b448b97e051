//! `secrets.*`.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Profile, Reader};
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Secrets {
    /// Seals the keys in the database. Absent in development: then it is made once in the data directory.
    pub master_key: Option<Secret<[u8; 32]>>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader, profile: Profile) -> Self {
        let key = "secrets.master_key";
        let master_key: Option<MasterKeyText> = reader.secret(key);
        if !profile.is_development() && !reader.is_given(key) {
            reader.problem(key, "is required: 32 random bytes in base64 (`openssl rand -base64 32`)");
        }
        Self { master_key: master_key.map(|text| text.0) }
    }
}

/// 32 bytes in base64 that look random.
struct MasterKeyText(Secret<[u8; 32]>);

impl FromStr for MasterKeyText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "must be 32 bytes in base64 (`openssl rand -base64 32`)";
        let bytes = STANDARD.decode(text).map_err(|_| rule)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| rule)?;
        let distinct = key.iter().collect::<std::collections::BTreeSet<_>>().len();
        // 32 random bytes have fewer than 16 distinct values with a probability below 2^-70.
        if distinct < 16 {
            return Err("is not random: generate it with `openssl rand -base64 32`");
        }
        Ok(Self(Secret::new(key)))
    }
}
