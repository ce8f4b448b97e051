//! TLS on the public listener: the certificate of the moment, where it comes from, and the handshake.
//!
//! Connections that are open keep the certificate that they began with; a new one counts from the next handshake.

mod acme;
mod certificate;
mod current;
mod handshake;
mod pair;
mod self_signed;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use url::Url;

use self::acme::Acme;
use self::current::CurrentCertificate;
use self::pair::CertificateFiles;
use self::self_signed::SelfSigned;
use crate::clock::Clock;
use crate::config::{self, CertificateSource};
use crate::crypto::seal::MasterKeys;
use crate::entropy::Entropy;
use crate::outgoing::Outgoing;
use crate::store::Store;
use crate::telemetry::metrics::TlsMetrics;

pub use self::acme::RecordError;
pub use self::current::CertificateState;
pub use self::handshake::TlsStream;
pub use self::pair::PairError;
pub use self::self_signed::SelfSignedError;

/// TLS cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Pair(#[from] PairError),
    #[error(transparent)]
    SelfSigned(#[from] SelfSignedError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// See the module's description.
pub struct Tls {
    config: Arc<ServerConfig>,
    current: Arc<CurrentCertificate>,
    source: Source,
    check_interval: Duration,
    /// Wakes the task that looks for a new certificate.
    reload: Notify,
}

/// Where certificates come from.
enum Source {
    Files(CertificateFiles),
    SelfSigned(SelfSigned),
    Acme(Arc<Acme>),
}

/// What TLS needs to know of the server.
pub struct TlsEnvironment<'a> {
    pub public_url: &'a Url,
    pub data_dir: &'a Path,
    pub store: Arc<Store>,
    pub master: Arc<MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// For calls to a certificate authority.
    pub outgoing: &'a Outgoing,
    pub metrics: TlsMetrics,
}

impl Tls {
    /// Loads the certificate, if the listener is to speak TLS. Must be called on the runtime of the database.
    ///
    /// # Errors
    /// [`TlsError`], with the files that it is about.
    pub async fn start(
        config: &config::Tls,
        environment: TlsEnvironment<'_>,
    ) -> Result<Option<Arc<Self>>, TlsError> {
        let Some(source) = &config.source else { return Ok(None) };
        let name = config::certificate_name(environment.public_url);
        let (clock, metrics) = (Arc::clone(&environment.clock), environment.metrics.clone());
        let current = Arc::new(CurrentCertificate::new(name, clock, metrics));
        let source = match source {
            CertificateSource::Files { cert_file, key_file } => {
                let files = CertificateFiles::new(cert_file.clone(), key_file.clone());
                current.install(files.load()?);
                Source::Files(files)
            }
            CertificateSource::SelfSigned => {
                let own = SelfSigned::new(environment.data_dir, environment.public_url);
                current.install(own.load_or_make(current.now())?);
                Source::SelfSigned(own)
            }
            CertificateSource::Acme(acme) => {
                let acme = Acme::new(acme, &environment);
                acme.install(&current).await?;
                Source::Acme(Arc::new(acme))
            }
        };
        Ok(Some(Arc::new(Self {
            config: Arc::new(handshake::server_config(Arc::clone(&current) as _)?),
            current,
            source,
            check_interval: config.check_interval,
            reload: Notify::new(),
        })))
    }

    /// Looks for a new certificate now.
    pub fn reload(&self) {
        self.reload.notify_one();
    }

    /// The state of the certificate, for the health report.
    pub fn certificate_state(&self) -> CertificateState {
        self.current.state()
    }

    /// Whether clients accept the certificate for the host of `server.public_url`.
    pub fn is_for_public_host(&self) -> bool {
        self.current.is_for_its_name()
    }

    /// Whether the certificate should have been renewed by now.
    pub fn is_renewal_late(&self) -> bool {
        self.current.get().is_some_and(|certificate| certificate.is_late(self.current.now()))
    }

    /// Looks for new certificates until the task is aborted.
    pub fn keep_current(self: &Arc<Self>) -> JoinHandle<()> {
        let tls = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(tls.check_interval);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let is_asked = tokio::select! {
                    _ = ticks.tick() => false,
                    () = tls.reload.notified() => true,
                };
                tls.renew(is_asked).await;
            }
        })
    }

    /// Installs what is new and can be used. Otherwise the certificate stays, and the log tells why.
    async fn renew(self: &Arc<Self>, is_asked: bool) {
        if let Source::Acme(acme) = &self.source {
            acme.renew(&self.current).await;
        } else {
            let tls = Arc::clone(self);
            let _ = tokio::task::spawn_blocking(move || tls.renew_from_files(is_asked)).await;
        }
        self.current.warn_of_expiry();
    }

    fn renew_from_files(&self, is_asked: bool) {
        match &self.source {
            Source::Files(files) => files.renew(&self.current, is_asked),
            Source::SelfSigned(own) => own.renew(&self.current),
            Source::Acme(_) => {}
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").field("current", &self.current).finish_non_exhaustive()
    }
}
