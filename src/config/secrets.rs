//! `secrets.*`: the master keys.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Environment, Reader, SettingValue, setting};
use crate::secret::Secret;

const ACTIVE: &str = "secrets.master_key";
const REVOKED: &str = "secrets.revoked_kids";
const PREVIOUS: &str = "secrets.previous_master_keys";
/// The length of a thumbprint (RFC 7638) by SHA-256, in base64url.
const KID_LENGTH: usize = 43;

#[derive(Clone, Debug)]
pub struct Secrets {
    /// Seals secrets in the database. If it is absent in development, it is made once in the data directory.
    pub master_key: Option<MasterKeyText>,
    /// They open what was sealed before the master key was changed, and seal nothing.
    pub previous_master_keys: Vec<MasterKeyText>,
    /// Signing keys that are never accepted, whatever the database says.
    pub revoked_kids: BTreeSet<String>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("Secrets");
        let master_key: Option<MasterKeyText> = reader.secret(setting(
            ACTIVE,
            "The key that seals signing keys, messages and second factors in the database. In \
                development it is made once and kept in `data_dir`.",
        ));
        if !profile.is_development() && !reader.is_given(ACTIVE) {
            reader.problem(ACTIVE, "is required: 32 random bytes in base64 (`openssl rand -base64 32`)");
        }
        let previous_master_keys: Vec<MasterKeyText> = reader.secret_list(
            setting(
                PREVIOUS,
                "Earlier master keys. They open what they have sealed, and seal nothing ([how to \
                change the key](operations.md#changing-it)).",
            )
            .note("each once, together with `secrets.master_key`"),
        );
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
        let revoked_kids: Vec<String> = reader.list(
            setting(
                REVOKED,
                "The `kid`s of signing keys that were retired in an emergency. They are not accepted even if a database \
                of before is restored.",
            )
            .note("the `kid` of a signing key"),
            Vec::new(),
        );
        reader.check(
            REVOKED,
            revoked_kids.iter().all(|kid| is_kid(kid)),
            "each item must be a `kid` of 43 characters",
        );
        Self { master_key, previous_master_keys, revoked_kids: revoked_kids.into_iter().collect() }
    }
}

fn is_kid(text: &str) -> bool {
    text.len() == KID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
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
    /// Both belong to the operator, so the time that the comparison takes reveals nothing.
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl fmt::Debug for MasterKeyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl SettingValue for MasterKeyText {
    fn kind() -> String {
        "32 random bytes in base64".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(str::to_owned)
    }

    /// Without the key.
    fn show(&self) -> String {
        "***".to_owned()
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
