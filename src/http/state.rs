//! What handlers reach.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ipnet::IpNet;
use tokio::runtime::Handle;

use super::problem::{Code, Problem};
use crate::account::avatar::Avatars;
use crate::account::{Administration, Privacy};
use crate::authn::Authn;
use crate::clock::Clock;
use crate::delivery::quota::Quotas;
use crate::entropy::Entropy;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

/// Shared by all workers.
pub struct AppState {
    pub authn: Arc<Authn>,
    pub privacy: Arc<Privacy>,
    pub administration: Arc<Administration>,
    pub avatars: Arc<Avatars>,
    pub quotas: Arc<Quotas>,
    pub sessions: Arc<Sessions>,
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Metrics,
    pub runtime: Handle,
    pub trusted_proxies: Vec<IpNet>,
    pub request_timeout: Duration,
    /// How long ago a proof may lie that a delicate action asks for.
    pub step_up_max_age: Duration,
    pub docs: bool,
    pub draining: AtomicBool,
}

impl AppState {
    /// Runs work on the runtime that the database lives on. The work goes on to its end even if the
    /// client does not wait for it.
    pub async fn run<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        match self.runtime.spawn(work).await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => {
                tracing::error!(%error, "a request's work died");
                Err(Problem::new(Code::Internal))
            }
        }
    }

    /// From now on the server asks to be left alone.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AppState")
    }
}
