//! The certificate of the moment, which every handshake asks for.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use crate::clock::{Clock, Timestamp};
use crate::telemetry::metrics::TlsMetrics;

/// The time between two warnings of one expiry.
const WARN_EVERY: Duration = Duration::from_secs(86_400);

/// See the module's description.
pub struct CurrentCertificate {
    /// The host that clients connect to.
    name: Option<String>,
    certificate: RwLock<Option<Certificate>>,
    clock: Arc<dyn Clock>,
    metrics: TlsMetrics,
    last_warning: Mutex<Option<Timestamp>>,
}

/// Whether clients can connect with the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// There is none yet.
    Missing,
    Valid {
        until: Timestamp,
    },
    Expired {
        since: Timestamp,
    },
}

impl CurrentCertificate {
    pub fn new(name: Option<String>, clock: Arc<dyn Clock>, metrics: TlsMetrics) -> Self {
        Self { name, certificate: RwLock::default(), clock, metrics, last_warning: Mutex::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn get(&self) -> Option<Certificate> {
        self.certificate.read().clone()
    }

    /// Replaces the certificate for all handshakes from now on.
    pub fn install(&self, certificate: Certificate) {
        let expires = certificate.not_after.rfc3339();
        tracing::info!(expires, "loaded the TLS certificate");
        if let Some(name) = self.name.as_deref().filter(|name| !certificate.is_for(name)) {
            tracing::warn!(name, "the TLS certificate is not for the host of server.public_url");
        }
        let gauge = self.metrics.certificate_expiry.with_label_values::<&str>(&[]);
        gauge.set(certificate.not_after.unix_seconds());
        *self.certificate.write() = Some(certificate);
        *self.last_warning.lock() = None;
    }

    pub fn state(&self) -> CertificateState {
        match self.certificate.read().as_ref() {
            None => CertificateState::Missing,
            Some(certificate) if certificate.has_expired(self.now()) => {
                CertificateState::Expired { since: certificate.not_after }
            }
            Some(certificate) => CertificateState::Valid { until: certificate.not_after },
        }
    }

    /// Whether clients accept the certificate for the host that they connect to.
    pub fn is_for_its_name(&self) -> bool {
        let certificate = self.get();
        self.name.as_deref().is_none_or(|name| certificate.is_some_and(|own| own.is_for(name)))
    }

    /// Tells once a day of a certificate that expires soon.
    pub fn warn_of_expiry(&self) {
        let now = self.now();
        let Some(certificate) = self.get().filter(|certificate| certificate.is_late(now)) else { return };
        let mut last = self.last_warning.lock();
        if last.is_some_and(|last| now.since(last) < WARN_EVERY) {
            return;
        }
        *last = Some(now);
        let expires = certificate.not_after.rfc3339();
        if certificate.has_expired(now) {
            tracing::error!(expires, "the TLS certificate has expired");
        } else {
            tracing::warn!(expires, "the TLS certificate expires soon");
        }
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate.read().as_ref().map(|certificate| Arc::clone(&certificate.key))
    }
}

impl std::fmt::Debug for CurrentCertificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CurrentCertificate").field("name", &self.name).finish_non_exhaustive()
    }
}
