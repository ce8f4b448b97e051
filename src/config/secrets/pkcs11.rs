//! `secrets.pkcs11.*`: the key-encryption key in a hardware module (PKCS #11).

use std::path::PathBuf;

use crate::config::{Reader, setting};
use crate::secret::Secret;

/// Given: a hardware module wraps the data keys.
pub(super) const MODULE: &str = "secrets.pkcs11.module";
const TOKEN: &str = "secrets.pkcs11.token";
const KEY: &str = "secrets.pkcs11.key";
const PIN: &str = "secrets.pkcs11.pin";

crate::config::text_enum!(WrappingMechanism { AesGcm => "aes-gcm", RsaOaep => "rsa-oaep" });

/// How the module encrypts data keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrappingMechanism {
    /// AES-GCM, with the id of the data key as associated data.
    AesGcm,
    /// RSA-OAEP with SHA-1, for devices that have no AES-GCM. Its use of SHA-1 needs no resistance to collisions.
    RsaOaep,
}

#[derive(Clone, Debug)]
pub struct Pkcs11 {
    /// The library of the module.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The label of the key.
    pub key: String,
    /// Of the token's user.
    pub pin: Secret<String>,
    pub mechanism: WrappingMechanism,
}

impl Pkcs11 {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let module: Option<PathBuf> = reader.optional(setting(
            MODULE,
            "The library (PKCS #11) of the hardware module that wraps the data keys in the place of a master key ([key \
            services](key-services.md)). It is loaded when it is needed.",
        ));
        let token: Option<String> = reader.optional(
            setting(TOKEN, "The label of the token.").note("required with `secrets.pkcs11.module`"),
        );
        let key: Option<String> = reader.optional(
            setting(KEY, "The label of the key, which must never leave the module.")
                .note("required with `secrets.pkcs11.module`"),
        );
        let pin: Option<String> = reader.secret(
            setting(PIN, "The PIN of the token's user. After a wrong one the process asks no more, because tokens lock.")
                .note("required with `secrets.pkcs11.module`"),
        );
        let mechanism = reader.choice(
            setting(
                "secrets.pkcs11.mechanism",
                "`aes-gcm` with a secret key, or `rsa-oaep` with a pair of keys of one label, for devices that have no \
                AES-GCM.",
            ),
            WrappingMechanism::AesGcm,
        );
        let module = module?;
        reader.check(TOKEN, token.is_some(), "is required for a hardware module");
        reader.check(KEY, key.is_some(), "is required for a hardware module");
        reader.check(PIN, pin.is_some(), "is required for a hardware module");
        Some(Self { module, token: token?, key: key?, pin: Secret::new(pin?), mechanism })
    }
}
