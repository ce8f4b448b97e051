//! A certificate with its chain and its key.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::Timestamp;

/// Why a certificate and a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("there is no certificate (a PEM block CERTIFICATE)")]
    NoCertificate,
    #[error("the certificate is damaged: {0}")]
    Damaged(String),
    #[error("there is no private key (a PEM block PRIVATE KEY without a passphrase)")]
    NoKey,
    #[error("the private key is damaged or of a kind that is not supported: {0}")]
    BadKey(Error),
    #[error("the key is not that of the certificate")]
    Mismatch,
}

/// See the module's description.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub key: Arc<CertifiedKey>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and the key of that certificate.
    ///
    /// # Errors
    /// [`CertificateError`]
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| CertificateError::Damaged(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            pem::Error::NoItemsFound => CertificateError::NoKey,
            other => CertificateError::BadKey(Error::General(other.to_string())),
        })?;
        Self::new(chain, key)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, CertificateError> {
        let own = chain.first().ok_or(CertificateError::NoCertificate)?;
        let (_, parsed) =
            X509Certificate::from_der(own).map_err(|error| CertificateError::Damaged(error.to_string()))?;
        let validity = parsed.validity();
        let [not_before, not_after] = [validity.not_before, validity.not_after]
            .map(|moment| Timestamp::from_unix_seconds(moment.timestamp()));
        let key = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => CertificateError::Mismatch,
            Error::InvalidCertificate(reason) => CertificateError::Damaged(format!("{reason:?}")),
            other => CertificateError::BadKey(other),
        })?;
        Ok(Self { key: Arc::new(key), not_before, not_after })
    }

    /// Whether clients accept it for this host name or address (RFC 9525).
    pub fn is_for(&self, name: &str) -> bool {
        let parsed = self.key.end_entity_cert().and_then(ParsedCertificate::try_from);
        let name = ServerName::try_from(name);
        matches!((parsed, name), (Ok(parsed), Ok(name)) if verify_server_name(&parsed, &name).is_ok())
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        now >= self.not_after
    }

    /// Whether no more than a third of its life is left.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let life = self.not_after.since(self.not_before);
        self.not_after.since(now) <= life / 3
    }

    /// Whether it should have been renewed by now: less than a sixth of its life is left, at most two weeks.
    pub fn is_late(&self, now: Timestamp) -> bool {
        let life = self.not_after.since(self.not_before);
        self.not_after.since(now) <= (life / 6).min(Duration::from_secs(14 * 86_400))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair(names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn names_are_those_of_the_certificate() {
        let (chain, key) = pair(&["id.example.com", "*.example.org", "::1"]);
        let certificate = Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        for (name, expected) in [
            ("id.example.com", true),
            ("a.example.org", true),
            ("::1", true),
            ("example.com", false),
            ("a.b.example.org", false),
            ("127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(certificate.is_for(name), expected, "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_apart() {
        let (chain, key) = pair(&["localhost"]);
        let (_, other) = pair(&["localhost"]);
        let read =
            |chain: &str, key: &str| Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(matches!(read(&chain, &other), CertificateError::Mismatch));
        assert!(matches!(read(&key, &key), CertificateError::NoCertificate));
        assert!(matches!(read(&chain, &chain), CertificateError::NoKey));
        assert!(matches!(read(&chain, ""), CertificateError::NoKey));
        let cut = chain.replace("MII", "AII");
        assert!(matches!(read(&cut, &key), CertificateError::Damaged(_)));
        // One file may hold both.
        let both = format!("{key}{chain}");
        assert!(Certificate::from_pem(both.as_bytes(), both.as_bytes()).is_ok());
    }

    #[test]
    fn a_third_of_its_life_is_for_renewal() {
        let (chain, key) = pair(&["localhost"]);
        let mut certificate = Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let day = |day: i64| Timestamp::from_unix_seconds(day * 86_400);
        (certificate.not_before, certificate.not_after) = (day(0), day(90));
        let at = |now| (certificate.is_due(now), certificate.is_late(now), certificate.has_expired(now));
        assert_eq!(at(day(59)), (false, false, false));
        assert_eq!(at(day(60)), (true, false, false));
        assert_eq!(at(day(76)), (true, true, false));
        assert_eq!(at(day(90)), (true, true, true));
    }
}
