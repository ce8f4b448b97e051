//! `tls.acme_*`: certificates from a certificate authority, by ACME (RFC 8555).

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::{Host, Url};

use crate::config::{Reader, setting};
use crate::model::email::Email;
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub struct Acme {
    /// The URL of the authority's directory (RFC 8555 §7.1.1).
    pub directory: Url,
    /// The addresses that the authority may write to.
    pub contact: Vec<String>,
    /// The host names of the certificate. They are filled in from `server.public_url` where none are given.
    pub names: Vec<String>,
    pub external_account: Option<ExternalAccount>,
    /// A PEM file with the authorities to trust for the directory, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// Whether the authority may be at an address that is not public.
    pub allow_private: bool,
}

/// The account at the authority that orders are charged to (RFC 8555 §7.3.4).
#[derive(Clone, Debug)]
pub struct ExternalAccount {
    pub kid: String,
    pub key: Secret<Vec<u8>>,
}

const DEPENDENT: [&str; 7] = [
    "tls.acme_contact",
    "tls.acme_names",
    "tls.acme_terms_agreed",
    "tls.acme_eab_kid",
    "tls.acme_eab_key",
    "tls.acme_ca_file",
    "tls.acme_allow_private",
];

impl Acme {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let directory: Option<Url> = reader.optional(
            setting(
                "tls.acme_directory",
                "The directory of a certificate authority that speaks ACME, such as \
                `https://acme-v02.api.letsencrypt.org/directory`. The server then gets and renews its certificate by \
                itself. The authority connects to port 443 of each name (`tls-alpn-01`), which must lead to this \
                listener.",
            )
            .note("an https URL"),
        );
        let contact = reader.list(
            setting("tls.acme_contact", "The addresses that the authority may write to.")
                .note("an e-mail address"),
            Vec::<String>::new(),
        );
        let names = reader.list(
            setting(
                "tls.acme_names",
                "The host names of the certificate. By default the host of `server.public_url`.",
            )
            .note("a host name without a wildcard"),
            Vec::<String>::new(),
        );
        let are_terms_agreed = reader.value(
            setting("tls.acme_terms_agreed", "Whether you agree to the terms of service of the authority.")
                .note("`true` is required with `tls.acme_directory`"),
            false,
        );
        let external_account = external_account(reader);
        let ca_file = reader.optional(
            setting(
                "tls.acme_ca_file",
                "The certificate authorities to trust for `tls.acme_directory` instead of those of the system.",
            )
            .note("a PEM file"),
        );
        let allow_private = reader.value(
            setting(
                "tls.acme_allow_private",
                "Whether the authority may be at an address that is not public.",
            ),
            false,
        );
        for name in &names {
            let is_name = matches!(Host::parse(name), Ok(Host::Domain(parsed)) if parsed == *name);
            let rule = "must be lower-case host names without a wildcard";
            reader.check("tls.acme_names", is_name && !name.contains('*'), rule);
        }
        for address in &contact {
            let is_address = Email::parse(address).is_ok();
            reader.check("tls.acme_contact", is_address, "must be e-mail addresses");
        }
        let Some(directory) = directory else {
            for key in DEPENDENT {
                let is_alone = reader.is_given(key);
                reader.check(key, !is_alone, "has no effect without tls.acme_directory");
            }
            return None;
        };
        reader.check("tls.acme_directory", directory.scheme() == "https", "must be an https URL");
        reader.check(
            "tls.acme_terms_agreed",
            are_terms_agreed,
            "must be true: the authority issues certificates only to those who agree to its terms of service",
        );
        Some(Self { directory, contact, names, external_account, ca_file, allow_private })
    }

    /// Takes the name of the certificate from the public URL if none is given.
    pub(in crate::config) fn complete(&mut self, reader: &mut Reader, public_url: &Url) {
        if !self.names.is_empty() {
            return;
        }
        match public_url.host() {
            Some(Host::Domain(name)) => self.names.push(name.to_owned()),
            _ => reader.problem(
                "tls.acme_names",
                "is required, because the host of server.public_url is an address and not a name",
            ),
        }
    }
}

fn external_account(reader: &mut Reader) -> Option<ExternalAccount> {
    let kid: Option<String> = reader.optional(
        setting(
            "tls.acme_eab_kid",
            "The key identifier of the external account, where the authority asks for one.",
        )
        .note("together with `tls.acme_eab_key`"),
    );
    let key: Option<String> =
        reader.secret(setting("tls.acme_eab_key", "The MAC key of the external account.").note("base64url"));
    reader.check(
        "tls.acme_eab_kid",
        kid.is_some() == key.is_some(),
        "tls.acme_eab_kid and tls.acme_eab_key need each other",
    );
    let (kid, key) = kid.zip(key)?;
    match URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')) {
        Ok(key) => Some(ExternalAccount { kid, key: Secret::new(key) }),
        Err(_) => {
            reader.problem("tls.acme_eab_key", "must be base64url");
            None
        }
    }
}
