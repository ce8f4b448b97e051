//! Certificates from an authority by ACME (RFC 8555), shared by all nodes through the database.
//!
//! One node at a time holds the lease and orders. The account, the certificate with its key, and the answers to challenges
//! are sealed records, so any node can answer the authority (`tls-alpn-01`, RFC 8737), and each installs what another one
//! has got. A node that failed keeps the lease until the next attempt, so that nodes do not add up to more attempts than
//! the authority allows.

mod challenge;
mod client;
mod error;
mod order;
mod records;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ServerConfig;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use self::error::OrderError;
use self::records::Records;
use super::TlsEnvironment;
use super::certificate::Certificate;
use super::current::CurrentCertificate;
use crate::clock::Timestamp;
use crate::config;
use crate::entropy::uuid_v7;
use crate::outgoing::Outgoing;

pub(super) use self::challenge::PROTOCOL;
pub use self::records::RecordError;

const LEASE: &str = "acme";
/// Longer than an order takes.
const LEASE_TERM: Duration = Duration::from_secs(10 * 60);
/// The pauses after failures: doubled each time, from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LAST_PAUSE: Duration = Duration::from_secs(6 * 3600);
/// How many connections of authorities look for the answer to a challenge at once. Anyone can open such connections.
const LOOKUPS: usize = 4;

/// See the module's description.
pub(super) struct Acme {
    config: config::Acme,
    outgoing: Outgoing,
    records: Records,
    /// The name of this node among those that want the lease.
    node: String,
    progress: Mutex<Progress>,
    lookups: Semaphore,
    /// The runtime on which the database connections live.
    runtime: Handle,
}

#[derive(Debug, Default)]
struct Progress {
    /// The record of the installed certificate was written then.
    installed: Option<Timestamp>,
    /// Failures in a row.
    failures: u32,
    /// No attempt before.
    not_before: Option<Timestamp>,
}

impl Acme {
    pub fn new(config: &config::Acme, environment: &TlsEnvironment<'_>) -> Self {
        let entropy = Arc::clone(&environment.entropy);
        Self {
            config: config.clone(),
            outgoing: environment.outgoing.clone(),
            node: uuid_v7(entropy.as_ref(), environment.clock.now()).to_string(),
            records: Records {
                store: Arc::clone(&environment.store),
                master: Arc::clone(&environment.master),
                clock: Arc::clone(&environment.clock),
                entropy,
            },
            progress: Mutex::default(),
            lookups: Semaphore::new(LOOKUPS),
            runtime: Handle::current(),
        }
    }

    /// Installs the certificate that was got last, by whichever node.
    ///
    /// # Errors
    /// [`RecordError`]
    pub async fn install(&self, current: &CurrentCertificate) -> Result<(), RecordError> {
        let Some((certificate, written)) = self.records.certificate().await? else { return Ok(()) };
        if self.progress.lock().installed != Some(written) {
            current.install(certificate);
            self.progress.lock().installed = Some(written);
        }
        Ok(())
    }

    /// Installs what is new, and orders a certificate if one is due.
    pub async fn renew(&self, current: &CurrentCertificate) {
        if let Err(error) = self.install(current).await {
            tracing::error!(%error, "cannot read the TLS certificate from the database; keeping the old one");
            return;
        }
        let now = current.now();
        let is_waiting = self.progress.lock().not_before.is_some_and(|moment| now < moment);
        if is_waiting || !self.is_wanted(current.get().as_ref(), now) {
            return;
        }
        match self.lead(current).await {
            Ok(()) => self.progress.lock().failures = 0,
            Err(error) => self.back_off(now, &error).await,
        }
    }

    /// Whether there is no certificate for all names that is good for a while.
    fn is_wanted(&self, certificate: Option<&Certificate>, now: Timestamp) -> bool {
        certificate.is_none_or(|certificate| {
            certificate.is_due(now) || !self.config.names.iter().all(|name| certificate.is_for(name))
        })
    }

    /// Orders, unless another node does.
    async fn lead(&self, current: &CurrentCertificate) -> Result<(), OrderError> {
        let now = current.now();
        let store = &self.records.store;
        if !store.take_lease(LEASE, &self.node, now, now.plus(LEASE_TERM)).await? {
            return Ok(());
        }
        // Another node may have been faster.
        self.install(current).await?;
        if self.is_wanted(current.get().as_ref(), now) {
            tracing::info!(directory = %self.config.directory, "ordering a TLS certificate");
            let ordered =
                tokio::time::timeout(LEASE_TERM, order::order(&self.config, &self.outgoing, &self.records))
                    .await;
            ordered.map_err(|_| OrderError::Late)??;
            self.install(current).await?;
        }
        store.release_lease(LEASE, &self.node).await?;
        Ok(())
    }

    async fn back_off(&self, now: Timestamp, error: &OrderError) {
        let (pause, failures) = {
            let mut progress = self.progress.lock();
            let pause = pause_after(progress.failures);
            progress.failures += 1;
            progress.not_before = Some(now.plus(pause));
            (pause, progress.failures)
        };
        let retry_in = pause.as_secs();
        tracing::error!(%error, failures, retry_in, "cannot get a TLS certificate; keeping the old one");
        // The other nodes wait, too.
        let until = now.plus(pause);
        if let Err(error) = self.records.store.take_lease(LEASE, &self.node, now, until).await {
            tracing::warn!(%error, "cannot keep the lease of certificate orders");
        }
    }

    /// What a connection for the challenge of this host name is answered with.
    pub async fn challenge(self: &Arc<Self>, name: &str) -> Option<Arc<ServerConfig>> {
        if !self.config.names.iter().any(|own| own == name) {
            return None;
        }
        let _turn = self.lookups.try_acquire().ok()?;
        let (acme, name) = (Arc::clone(self), name.to_owned());
        let answer = self.runtime.spawn(async move { acme.records.answer(&name).await });
        match answer.await.ok()? {
            Ok(answer) => challenge::server_config(&answer?),
            Err(error) => {
                tracing::error!(%error, "cannot answer the challenge of a certificate authority");
                None
            }
        }
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures)).min(LAST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_quarter_of_a_day() {
        let minutes = [0, 1, 2, 8, 9, 100].map(|failures| pause_after(failures).as_secs() / 60);
        assert_eq!(minutes, [1, 2, 4, 256, 360, 360]);
    }
}
