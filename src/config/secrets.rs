//! `secrets.*`: the master keys, or the key service in their place.

mod aws_kms;
mod pkcs11;
mod transit;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use self::aws_kms::AwsKms;
pub use self::pkcs11::{Pkcs11, WrappingMechanism};
pub use self::transit::Transit;
use super::declaration::Declaration;
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
    /// Whether memory is kept out of the swap.
    pub lock_memory: bool,
    /// Wraps the data keys in the place of a master key.
    pub transit: Option<Transit>,
    /// Wraps the data keys in the place of a master key.
    pub aws_kms: Option<AwsKms>,
    /// Wraps the data keys in the place of a master key.
    pub pkcs11: Option<Pkcs11>,
}

impl Secrets {
    /// Whether a service holds the key-encryption key, and no master key.
    pub const fn has_key_service(&self) -> bool {
        self.transit.is_some() || self.aws_kms.is_some() || self.pkcs11.is_some()
    }

    pub(super) fn read(reader: &mut Reader, profile: Environment, data_dir: &Path) -> Self {
        reader.section("Secrets");
        let master_key: Option<MasterKeyText> = reader.secret(setting(
            ACTIVE,
            "The key that seals signing keys, messages and second factors in the database. In \
                development it is made once and kept in `data_dir`; in production it must stand elsewhere.",
        ));
        let has_service = only_one_provider(reader);
        if !profile.is_development() && !reader.is_given(ACTIVE) && !has_service {
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
        if profile.is_production() {
            refuse_keys_beside_data(reader, data_dir);
        }
        let lacks_active = profile.is_development() && !reader.is_given(ACTIVE) && !has_service;
        if lacks_active && !previous_master_keys.is_empty() {
            reader.problem(
                PREVIOUS,
                "needs secrets.master_key; in `master.key` further lines are previous keys",
            );
        }
        if has_service && !previous_master_keys.is_empty() {
            reader.problem(PREVIOUS, "belongs to secrets.master_key, and has no use with a key service");
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
        Self {
            master_key,
            previous_master_keys,
            revoked_kids: revoked_kids.into_iter().collect(),
            lock_memory: reader.value(
                setting(
                    "secrets.lock_memory",
                    "Whether the server locks its memory, so that no key or password is ever written to swap. It needs an \
                    unlimited RLIMIT_MEMLOCK, and keeps memory that it no longer uses ([swap is better switched \
                    off](operations.md#process-and-files)).",
                ),
                false,
            ),
            transit: Transit::read(reader, profile),
            aws_kms: AwsKms::read(reader, profile),
            pkcs11: Pkcs11::read(reader),
        }
    }
}

/// A copy of the data folder, such as a backup, would hold the key together with what it opens.
fn refuse_keys_beside_data(reader: &mut Reader, data_dir: &Path) {
    for key in [ACTIVE, PREVIOUS] {
        let is_beside = reader.file_of(key).is_some_and(|file| is_within(&file, data_dir));
        reader.check(
            key,
            !is_beside,
            "must not stand in a file inside data_dir: keep it apart from the data",
        );
    }
}

fn is_within(file: &Path, folder: &Path) -> bool {
    let resolved = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    resolved(folder).is_some_and(|folder| resolved(file).is_some_and(|file| file.starts_with(folder)))
}

/// Settings each of which names a provider of the key-encryption key.
const PROVIDERS: [&str; 4] = [ACTIVE, transit::URL, aws_kms::KEY_ID, pkcs11::MODULE];

/// Two of them would leave open which one wraps. Whether a key service is given.
fn only_one_provider(reader: &mut Reader) -> bool {
    let given: Vec<&str> = PROVIDERS.into_iter().filter(|key| reader.is_given(key)).collect();
    if let [first, rest @ ..] = given.as_slice() {
        for key in rest {
            reader.problem(
                key,
                format!("cannot be given together with {first}: one provider wraps the data keys"),
            );
        }
    }
    given.iter().any(|key| *key != ACTIVE)
}

fn service_timeout(reader: &mut Reader, setting: Declaration<Duration>) -> Duration {
    reader.value(setting.between(Duration::from_millis(100), Duration::from_secs(60)), Duration::from_secs(5))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{load, problem_keys};

    const MASTER: (&str, &str) =
        ("KINDRED_SECRETS__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    const TRANSIT: [(&str, &str); 3] = [
        ("KINDRED_SECRETS__TRANSIT__URL", "https://bao.example.com:8200"),
        ("KINDRED_SECRETS__TRANSIT__KEY", "kindred"),
        ("KINDRED_SECRETS__TRANSIT__TOKEN", "s.secret"),
    ];
    const KMS: [(&str, &str); 2] = [
        ("KINDRED_SECRETS__AWS_KMS__KEY_ID", "alias/kindred"),
        ("KINDRED_SECRETS__AWS_KMS__REGION", "eu-central-1"),
    ];

    #[test]
    fn one_provider_wraps_the_data_keys() {
        assert_eq!(problem_keys(&[&TRANSIT[..], &[MASTER]].concat()), [transit::URL]);
        assert_eq!(problem_keys(&[&TRANSIT[..], &KMS].concat()), [aws_kms::KEY_ID]);
        let transit = load(&TRANSIT).unwrap();
        assert!(transit.secrets.has_key_service() && !format!("{transit:?}").contains("s.secret"));
        let kms = load(&KMS).unwrap().secrets.aws_kms.unwrap();
        assert_eq!(kms.endpoint.as_str(), "https://kms.eu-central-1.amazonaws.com/");
        assert!(!load(&[MASTER]).unwrap().secrets.has_key_service());
    }

    #[test]
    fn production_keeps_no_master_key_beside_its_data() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let problems = |profile: &str, place: &Path| {
            let file = place.join("master.key");
            std::fs::write(&file, MASTER.1).unwrap();
            let loaded = load(&[
                ("KINDRED_PROFILE", profile),
                ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
                ("KINDRED_DATABASE__URL", "postgres://kindred:a@db.example.com/kindred?sslmode=verify-full"),
                ("KINDRED_DATA_DIR", data.to_str().unwrap()),
                ("KINDRED_SECRETS__MASTER_KEY__FILE", file.to_str().unwrap()),
            ]);
            loaded.err().map_or_else(String::new, |error| error.to_string())
        };
        assert_eq!(problems("production", folder.path()), "");
        assert_eq!(problems("preview", &data), "");
        let told = problems("production", &data.join("../data"));
        assert!(told.contains(ACTIVE) && told.contains("inside data_dir"), "{told}");
    }

    #[test]
    fn a_key_service_must_be_told_what_it_needs() {
        assert_eq!(problem_keys(&TRANSIT[..1]), ["secrets.transit.key", "secrets.transit.token"]);
        assert_eq!(problem_keys(&KMS[..1]), ["secrets.aws_kms.region"]);
        let plain = [("KINDRED_SECRETS__TRANSIT__URL", "http://bao.example.com"), TRANSIT[1], TRANSIT[2]];
        assert!(load(&plain).is_ok(), "in development");
        let elsewhere = [&TRANSIT[..], &[("KINDRED_SECRETS__TRANSIT__MOUNT", "../sys")]].concat();
        assert_eq!(problem_keys(&elsewhere), ["secrets.transit.mount"]);
    }
}
