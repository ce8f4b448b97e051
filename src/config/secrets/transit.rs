//! `secrets.transit.*`: the key-encryption key in the transit engine of Vault or OpenBao.

use std::path::PathBuf;

use url::Url;

use super::service_timeout;
use crate::config::{Environment, Reader, is_safe, setting};
use crate::secret::Secret;

/// Given: the transit engine wraps the data keys.
pub(super) const URL: &str = "secrets.transit.url";
const MOUNT: &str = "secrets.transit.mount";
const KEY: &str = "secrets.transit.key";
const TOKEN: &str = "secrets.transit.token";

#[derive(Clone, Debug)]
pub struct Transit {
    pub url: Url,
    /// The path of the engine.
    pub mount: String,
    /// The name of the key.
    pub key: String,
    pub token: Secret<String>,
    /// Of Vault Enterprise and OpenBao.
    pub namespace: Option<String>,
    /// PEM of the authorities that the service's certificate is from; otherwise those of the system.
    pub ca_file: Option<PathBuf>,
    pub allow_private: bool,
    pub timeout: std::time::Duration,
}

impl Transit {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Option<Self> {
        let url: Option<Url> = reader.optional(
            setting(
                URL,
                "The address of Vault or OpenBao, whose transit engine wraps the data keys in the place of a \
                master key ([key services](key-services.md)).",
            )
            .note("https; outside production also http"),
        );
        let mount = reader.value(setting(MOUNT, "The path of the transit engine."), "transit".to_owned());
        let key: Option<String> = reader.optional(
            setting(KEY, "The name of the key, of the type `aes256-gcm96`.")
                .note("required with `secrets.transit.url`"),
        );
        let token: Option<String> = reader.secret(
            setting(
                TOKEN,
                "The token, whose policy allows `update` on `encrypt` and `decrypt` of the key. It is read when \
                the process starts.")
                .note("required with `secrets.transit.url`"),
        );
        let namespace =
            reader.optional(setting("secrets.transit.namespace", "The namespace of the transit engine."));
        let ca_file = reader.optional(setting(
            "secrets.transit.ca_file",
            "The certificates (PEM) of the authorities that have signed the certificate of the service, and of no \
             others. Without it, those of the system count.",
        ));
        let allow_private = reader.value(
            setting(
                "secrets.transit.allow_private",
                "Whether the service may be at an address that is not public.",
            ),
            true,
        );
        let timeout =
            service_timeout(reader, setting("secrets.transit.timeout", "The time limit of one request."));
        let url = url?;
        reader.check(
            URL,
            is_safe(&url, allow_private, profile) && !url.cannot_be_a_base(),
            "must be an https URL (http is accepted outside production where secrets.transit.allow_private is set)",
        );
        reader.check(
            KEY,
            key.as_deref().is_some_and(is_name),
            "is required: a name of letters, digits, `-`, `_` and `.`",
        );
        reader.check(
            MOUNT,
            mount.split('/').all(is_name),
            "must be a path of letters, digits, `-`, `_` and `.`",
        );
        reader.check(TOKEN, token.is_some(), "is required for the transit engine");
        Some(Self {
            url,
            mount,
            key: key?,
            token: Secret::new(token?),
            namespace,
            ca_file,
            allow_private,
            timeout,
        })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text != ".."
        && text != "."
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
