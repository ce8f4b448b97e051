//! `tls.*`: TLS on the public listener.

mod acme;

use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use super::{Environment, Reader, setting};

pub use acme::Acme;

#[derive(Clone, Debug)]
pub struct Tls {
    /// Where the certificate comes from. Without one, the public listener speaks plain HTTP.
    pub source: Option<CertificateSource>,
    /// How often changes of the certificate are looked for: in its files, or in the database.
    pub check_interval: Duration,
    /// The largest number of connections that may be in the handshake.
    pub max_handshakes: usize,
}

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum CertificateSource {
    /// Two PEM files: the chain, the server's own certificate first; and its key.
    Files { cert_file: PathBuf, key_file: PathBuf },
    /// Made by the server itself, for development.
    SelfSigned,
    /// From a certificate authority, by ACME (RFC 8555).
    Acme(Acme),
}

impl Tls {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        reader.section("TLS");
        let cert_file: Option<PathBuf> = reader.optional(
            setting(
                "tls.cert_file",
                "The certificate of the public listener with its chain, the server's own first. The listener then \
                speaks TLS only. Changes of the two files are noticed and need no restart.",
            )
            .note("a PEM file, together with `tls.key_file`"),
        );
        let key_file: Option<PathBuf> = reader.optional(
            setting("tls.key_file", "The private key of the certificate.")
                .note("a PEM file without a passphrase (PKCS #8, PKCS #1 or SEC 1)"),
        );
        let is_self_signed = reader.value(
            setting(
                "tls.self_signed",
                "Whether the server makes a certificate for itself, for development. It is kept in `data_dir` and \
                valid for `localhost`, `127.0.0.1`, `::1` and the host of `server.public_url`.",
            )
            .note("not in production"),
            false,
        );
        let acme = Acme::read(reader);
        let files = cert_file.is_some() || key_file.is_some();
        reader.check(
            "tls.cert_file",
            cert_file.is_some() == key_file.is_some(),
            "tls.cert_file and tls.key_file need each other",
        );
        let ways = [files, is_self_signed, acme.is_some()];
        reader.check(
            "tls.cert_file",
            ways.into_iter().filter(|way| *way).count() <= 1,
            "only one of tls.cert_file, tls.self_signed and tls.acme_directory can be given",
        );
        reader.check(
            "tls.self_signed",
            !(is_self_signed && profile.is_production()),
            "is for development: in production take tls.cert_file or tls.acme_directory",
        );
        let of_files = || {
            let (cert_file, key_file) = cert_file.zip(key_file)?;
            Some(CertificateSource::Files { cert_file, key_file })
        };
        let itself = is_self_signed.then_some(CertificateSource::SelfSigned);
        Self {
            source: acme.map(CertificateSource::Acme).or(itself).or_else(of_files),
            check_interval: reader.value(
                setting(
                    "tls.check_interval",
                    "How often the server looks for a new certificate, in its files or in the database. SIGHUP makes \
                    it look at once.",
                )
                .between(Duration::from_millis(50), Duration::from_secs(3600)),
                Duration::from_secs(5),
            ),
            max_handshakes: reader.value(
                setting(
                    "tls.max_handshakes",
                    "The number of connections that may be in the TLS handshake at the same time. One more closes the \
                    one that has been in it for longest. `server.request_timeout` bounds each handshake.",
                )
                .between(1, 100_000),
                1_000,
            ),
        }
    }

    /// Whether the public listener speaks TLS.
    pub const fn is_on(&self) -> bool {
        self.source.is_some()
    }

    /// The scheme of the public listener.
    pub const fn scheme(&self) -> &'static str {
        if self.is_on() { "https" } else { "http" }
    }
}

/// The host of a URL as certificates name it, without the brackets of an IPv6 address.
pub fn certificate_name(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError};

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Config::from_sources(None, variables)
    }

    const DIRECTORY: (&str, &str) = ("KINDRED_TLS__ACME_DIRECTORY", "https://ca.example/directory");
    const AGREED: (&str, &str) = ("KINDRED_TLS__ACME_TERMS_AGREED", "true");
    const PUBLIC: (&str, &str) = ("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com");

    #[test]
    fn the_scheme_follows() {
        let plain = load(&[]).unwrap();
        assert!(!plain.tls.is_on());
        assert_eq!(plain.server.public_url.as_str(), "http://127.0.0.1:8080/");
        let own = load(&[("KINDRED_TLS__SELF_SIGNED", "true")]).unwrap();
        assert!(matches!(own.tls.source, Some(CertificateSource::SelfSigned)));
        assert_eq!(own.server.public_url.as_str(), "https://127.0.0.1:8080/");
    }

    #[test]
    fn halves_and_mixtures_are_refused() {
        let cert = ("KINDRED_TLS__CERT_FILE", "a.pem");
        let key = ("KINDRED_TLS__KEY_FILE", "b.pem");
        let own = ("KINDRED_TLS__SELF_SIGNED", "true");
        assert!(load(&[cert, key]).is_ok());
        for wrong in [
            &[cert][..],
            &[key],
            &[cert, key, own],
            &[own, DIRECTORY, AGREED, PUBLIC],
            &[own, ("KINDRED_SERVER__PUBLIC_URL", "http://localhost:8080")],
        ] {
            assert!(load(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_authority_needs_consent_and_names() {
        let config = load(&[DIRECTORY, AGREED, PUBLIC]).unwrap();
        let Some(CertificateSource::Acme(acme)) = config.tls.source else { panic!("no ACME") };
        assert_eq!(acme.names, ["id.example.com"]);
        for wrong in [
            &[DIRECTORY, PUBLIC][..],
            &[DIRECTORY, AGREED],
            &[AGREED, PUBLIC, ("KINDRED_TLS__ACME_DIRECTORY", "http://ca.example/directory")],
            &[DIRECTORY, AGREED, PUBLIC, ("KINDRED_TLS__ACME_CONTACT", "no address")],
            &[DIRECTORY, AGREED, PUBLIC, ("KINDRED_TLS__ACME_NAMES", "*.example.com")],
            &[DIRECTORY, AGREED, PUBLIC, ("KINDRED_TLS__ACME_EAB_KID", "k")],
            &[("KINDRED_TLS__ACME_CONTACT", "ops@example.com")],
        ] {
            assert!(load(wrong).is_err(), "{wrong:?}");
        }
    }
}
