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
use crate::admission::{Pool, Request, Size};
use crate::authn::Authn;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::notification::quota::Quotas;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

/// How much strangers may have done at once: each of them waits for the database or for a hash most of the time.
pub const STRANGERS: Size = Size { places: 64, waiting: 1_024, share: 32 };

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
    /// For what people ask who have not shown who they are.
    pub strangers: Pool,
    pub trusted_proxies: Vec<IpNet>,
    pub request_timeout: Duration,
    /// How long ago a proof may lie that a delicate action asks for.
    pub step_up_max_age: Duration,
    pub docs: bool,
    pub draining: AtomicBool,
}

impl AppState {
    /// Runs work on the runtime that the database lives on. What has begun goes on to its end even if the
    /// client does not wait for it; but it gets no place in any pool from then on.
    pub async fn run<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let request = Request::current();
        let work = async move {
            match request {
                Some(request) => request.scope(work).await,
                None => work.await,
            }
        };
        match self.runtime.spawn(work).await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => {
                tracing::error!(%error, "a request's work died");
                Err(Problem::new(Code::Internal))
            }
        }
    }

    /// Like [`AppState::run`], for who has not shown who they are: the work begins when it is the client's turn, and not
    /// at all if the client hangs up before.
    pub async fn run_for_stranger<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let place = self.strangers.enter().await.map_err(|_| Problem::new(Code::Overloaded))?;
        self.run(async move {
            let result = work.await;
            drop(place);
            result
        })
        .await
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
