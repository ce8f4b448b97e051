//! The composition root: what is built in which order, and in which order it ends.

mod assembly;
mod bootstrap;
mod cookies;
mod core;
mod enforcement;
mod keys;
mod master_key;
mod notification;
pub mod process;
mod sealed_store;
mod start_error;
mod stranger_counts;
mod traces;

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::account::Applications;
use crate::admission::Pool;
use crate::authn::Authn;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::entropy::{Entropy, OsEntropy};
use crate::http::avatar_links::AvatarLinks;
use crate::http::browser::Browsers;
use crate::http::connection_table::Capacity;
use crate::http::continuation::Destinations;
use crate::http::extract::forwarded::Forwarding;
use crate::http::operations::HealthReport;
use crate::http::pages::Pages;
use crate::http::published::PublishedDocuments;
use crate::http::server::{self, Network};
use crate::http::state::{AppState, STRANGERS};
use crate::session::Sessions;
use crate::session::journal::JournalTask;
use crate::session::threads::ActorThreads;
use crate::telemetry::trace::ExportTask;
use crate::tls::{Tls, TlsEnvironment};

use self::notification::Delivery;

pub use self::core::Core;
pub(crate) use self::core::texts;
pub(crate) use self::keys::token_format;
pub(crate) use self::notification::renderer;
pub(crate) use master_key::{MasterKeyError, existing_master_keys};
pub(crate) use notification::smtp_mailer;
pub(crate) use sealed_store::SealedStore;
pub(crate) use start_error::StartError;

/// What the journal has for its last commits at least, and messages on their way for their arrival.
const FLUSH: Duration = Duration::from_secs(2);

/// What comes from outside the program: tests bring their own time.
pub struct World {
    /// The time of SQLite and of tests. On PostgreSQL a real clock gives way to that of the database.
    pub clock: Arc<dyn Clock>,
    /// Keys, salts, tokens and ids are drawn from it.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for World {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(OsEntropy) }
    }
}

/// A running server.
pub struct Kindred {
    address: SocketAddr,
    ops_address: SocketAddr,
    /// The scheme of the public listener.
    scheme: &'static str,
    state: Data<AppState>,
    public: ServerHandle,
    operations: ServerHandle,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    jobs: Vec<JoinHandle<()>>,
    delivery: Delivery,
    actors: ActorThreads,
    journal: JournalTask,
    traces: Option<ExportTask>,
    shutdown_delay: Duration,
    drain_timeout: Duration,
}

impl Kindred {
    /// Starts everything. Must be called on the multi-thread runtime that the database is to live on.
    ///
    /// # Errors
    /// [`StartError`]; then nothing is left running but idle threads.
    pub async fn start(config: &Config, world: World) -> Result<Self, StartError> {
        // Listen first: a port that is taken is the likeliest mistake, and costs nothing to find.
        let listener = bind(config.server.listen)?;
        let ops_listener = bind(config.ops.listen)?;
        let (address, ops_address) = (local(&listener)?, local(&ops_listener)?);

        let core = Core::start(config, &world).await?;
        bootstrap::first_admin(config, &core).await?;
        enforcement::tell(config, &core, &world).await?;
        let cookies = cookies::cookies(config, &core).await?;
        let mut jobs = core.jobs(config).await?;
        let tls = start_tls(config, &core, &world).await?;
        jobs.extend(tls.as_ref().map(Tls::keep_current));
        let delivery = Delivery::start(config, &core)?;
        let (tracing, traces) = traces::start(config, &core, &world)?;
        let (metrics, clock) = (core.metrics.clone(), core.store.clock());
        let root_keys = Arc::clone(&core.sessions.root_keys);
        let avatar_links = AvatarLinks {
            base_path: config.server.base_path().to_owned(),
            cross_origin: config.avatars.cross_origin,
            root_keys: Arc::clone(&root_keys),
            clock: Arc::clone(&clock),
        };
        let state = Data::new(AppState {
            authn: core.authn,
            privacy: core.privacy,
            administration: core.administration,
            avatars: core.avatars,
            applications: Arc::new(Applications::new(Arc::clone(&core.store))),
            quotas: core.quotas,
            throttle: core.throttle,
            sessions: core.sessions,
            store: core.store,
            browsers: Browsers::new(config, address, cookies, root_keys, Arc::clone(&clock)),
            clock,
            entropy: world.entropy,
            metrics: metrics.clone(),
            tracing,
            runtime: Handle::current(),
            strangers: Pool::new(STRANGERS),
            forwarding: Forwarding::new(&config.server),
            base_path: config.server.base_path().to_owned(),
            avatar_links,
            document: OnceLock::new(),
            public_url: config.server.public_url.clone(),
            request_timeout: config.server.request_timeout,
            slow_request: config.telemetry.slow_request,
            step_up_max_age: config.sessions.step_up_max_age,
            destinations: Destinations::new(config),
            pages: Pages::new(config, core.texts)?,
            docs: config.server.docs,
            well_known: PublishedDocuments::of(config),
            tls: tls.clone(),
            draining: false.into(),
        });
        let open_files = process::raise_open_files();
        let capacity = Capacity::of(&config.server, config.database.max_connections, open_files);
        tracing::info!(open_files, connections = capacity.comfortable, "connections are bounded");
        let network = Network { capacity, max_handshakes: config.tls.max_handshakes, tls };
        let public = server::public(listener, &config.server, network, state.clone());
        let public = public.map_err(StartError::Listen)?;
        let report = HealthReport::first(&state).await;
        jobs.push(report.keep_current(state.clone()));
        let operations = server::operations(ops_listener, metrics, report).map_err(StartError::Listen)?;
        Ok(Self {
            address,
            ops_address,
            scheme: config.tls.scheme(),
            state,
            public: public.handle(),
            operations: operations.handle(),
            servers: vec![tokio::spawn(public), tokio::spawn(operations)],
            jobs,
            delivery,
            actors: core.actors,
            journal: core.journal,
            traces,
            shutdown_delay: config.server.shutdown_delay,
            drain_timeout: config.server.drain_timeout,
        })
    }

    /// Where clients connect: the port is the real one even if the configured one is 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of URLs at the public listener, such as `https://127.0.0.1:8443`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Looks for a new certificate now.
    pub fn reload(&self) {
        if let Some(tls) = &self.state.tls {
            tls.reload();
        }
    }

    /// Where metrics are scraped, with the real port.
    pub const fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    /// The sessions of this node.
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.state.sessions
    }

    /// The services by which people authenticate.
    pub fn authn(&self) -> &Arc<Authn> {
        &self.state.authn
    }

    /// Serves on for the shutdown delay while load balancers learn that it is not ready. Then stops accepting, finishes
    /// what is in flight within the drain timeout, commits what is queued, and only then lets go of the database.
    pub async fn stop(self) {
        self.state.drain();
        tokio::time::sleep(self.shutdown_delay).await;
        // The limit of the server is in whole seconds, and a worker that hangs must not hold us longer.
        let deadline = Instant::now() + self.drain_timeout + Duration::from_secs(1);
        if timeout_at(deadline, self.public.stop(true)).await.is_err() {
            tracing::warn!("requests were still in flight when the drain timeout ended");
        }
        for job in &self.jobs {
            job.abort();
        }
        // Requests that were answered with "accepted" are served: tasks that continue after an answer end before the
        // outbox.
        let settled_by = deadline.max(Instant::now() + FLUSH);
        if timeout_at(settled_by, self.state.authn.background_tasks.settle()).await.is_err() {
            tracing::warn!("background tasks were still running when the drain timeout ended");
        }
        if let Ok(Err(error)) = timeout_at(settled_by, self.state.authn.login_delays.save()).await {
            tracing::warn!(%error, "cannot save the delays of logins");
        }
        // A database or a mail relay that hangs must not hold us longer either, since nothing was promised to those who
        // wait for them. But requests that took all the time must leave some for what they queued.
        let flushed_by = deadline.max(Instant::now() + FLUSH);
        let journal = timeout_at(flushed_by, self.journal.flush());
        if tokio::join!(journal, self.delivery.stop(flushed_by)).0.is_err() {
            tracing::warn!("the database had not answered when the drain timeout ended");
        }
        let _ = timeout_at(flushed_by, stranger_counts::write(&self.state.store)).await;
        let actors = self.actors;
        let stopped = tokio::task::spawn_blocking(move || actors.stop());
        let _ = tokio::time::timeout(Duration::from_secs(1), stopped).await;
        // After everything that has spans, and before the metrics that count them end.
        if let Some(traces) = self.traces {
            let _ = timeout_at(flushed_by.max(Instant::now() + FLUSH), traces.flush()).await;
        }
        self.operations.stop(false).await;
        for server in self.servers {
            let _ = tokio::time::timeout(Duration::from_secs(1), server).await;
        }
        let _ = tokio::time::timeout(Duration::from_millis(500), self.state.store.close()).await;
    }
}

impl std::fmt::Debug for Kindred {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Kindred").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn start_tls(config: &Config, core: &Core, world: &World) -> Result<Option<Arc<Tls>>, StartError> {
    let environment = TlsEnvironment {
        public_url: &config.server.public_url,
        data_dir: &config.data_dir,
        store: Arc::clone(&core.store),
        master: Arc::clone(&core.master),
        clock: core.store.clock(),
        entropy: Arc::clone(&world.entropy),
        outgoing: &core.outgoing,
        metrics: core.metrics.tls.clone(),
    };
    Ok(Tls::start(&config.tls, environment).await?)
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Bind { address, source })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(StartError::Listen)
}
