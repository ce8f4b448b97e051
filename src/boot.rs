//! The composition root: what is built in which order, and in which order it ends.

mod assembly;
mod keys;
mod master_key;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::authn::Authn;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::crypto::password::PasswordPool;
use crate::entropy::{Entropy, OsEntropy};
use crate::http::server;
use crate::http::state::AppState;
use crate::session::Sessions;
use crate::session::core::Shared;
use crate::session::journal::{Journal, JournalTask};
use crate::session::registry::Registry;
use crate::session::threads::ActorThreads;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

use assembly::Assembly;
pub use keys::StartError;
use keys::open_keys;

/// What the journal has for its last commits at least.
const FLUSH: Duration = Duration::from_secs(2);

/// What comes from outside the program: tests bring their own time.
pub struct World {
    pub clock: Arc<dyn Clock>,
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
    state: Data<AppState>,
    shared: Arc<Shared>,
    public: ServerHandle,
    operations: ServerHandle,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    jobs: Vec<JoinHandle<()>>,
    actors: ActorThreads,
    journal: JournalTask,
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

        let metrics = Metrics::new()?;
        let store = Arc::new(Store::connect(&config.database, metrics.clone()).await?);
        prepare_schema(config, &store).await?;
        let keys = open_keys(config, &store, &world).await?;
        let passwords = PasswordPool::start(&config.password, Arc::clone(&world.entropy), metrics.clone())
            .map_err(StartError::Threads)?;
        let actors = ActorThreads::start(config.sessions.threads).map_err(StartError::Threads)?;
        let (journal, journal_task) = Journal::start(Arc::clone(&store), metrics.clone());

        let assembly = Assembly { config, world: &world, store: &store, keys: &keys, metrics: &metrics };
        let index = assembly.index();
        let shared = assembly.shared(journal, &index);
        let registry = Registry::new(Arc::clone(&shared), assembly.limits(), actors.handles());
        let sessions = assembly.sessions(registry, index);
        let jobs = assembly.jobs(&sessions).await?;

        let authn = Arc::new(Authn {
            store: Arc::clone(&store),
            sessions: Arc::clone(&sessions),
            passwords,
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            metrics: metrics.clone(),
            registration: config.accounts.registration,
            password_min_length: config.password.min_length,
        });
        let state = Data::new(AppState {
            authn,
            sessions,
            store,
            clock: world.clock,
            entropy: world.entropy,
            metrics: metrics.clone(),
            runtime: Handle::current(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            request_timeout: config.server.request_timeout,
            docs: config.server.docs,
            draining: false.into(),
        });
        let public = server::public(listener, &config.server, state.clone()).map_err(StartError::Listen)?;
        let operations = server::operations(ops_listener, metrics).map_err(StartError::Listen)?;
        Ok(Self {
            address,
            ops_address,
            state,
            shared,
            public: public.handle(),
            operations: operations.handle(),
            servers: vec![tokio::spawn(public), tokio::spawn(operations)],
            jobs,
            actors,
            journal: journal_task,
            drain_timeout: config.server.drain_timeout,
        })
    }

    /// Where clients connect: the port is the real one even if the configured one is 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub const fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.state.sessions
    }

    /// For tests: the family's actor panics at its next message.
    pub fn sabotage(&self, family: Uuid) {
        *self.shared.sabotage.lock() = Some(family);
    }

    /// Stops accepting, finishes what is in flight within the drain timeout, commits what is queued,
    /// and only then lets go of the database.
    pub async fn stop(self) {
        self.state.drain();
        // The server's own limit is in whole seconds; a worker that hangs must not hold us longer.
        let deadline = Instant::now() + self.drain_timeout + Duration::from_secs(1);
        if timeout_at(deadline, self.public.stop(true)).await.is_err() {
            tracing::warn!("requests were still in flight when the drain timeout ended");
        }
        for job in &self.jobs {
            job.abort();
        }
        // Nor must a database that hangs: whoever waits for it has been promised nothing. But requests that
        // took all the time must not leave none for what they queued.
        let flushed_by = deadline.max(Instant::now() + FLUSH);
        if timeout_at(flushed_by, self.journal.flush()).await.is_err() {
            tracing::warn!("the database had not answered when the drain timeout ended");
        }
        let actors = self.actors;
        let stopped = tokio::task::spawn_blocking(move || actors.stop());
        let _ = tokio::time::timeout(Duration::from_secs(1), stopped).await;
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

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Bind { address, source })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(StartError::Listen)
}

/// Migrates in development; elsewhere a database that is behind is the operator's decision.
async fn prepare_schema(config: &Config, store: &Store) -> Result<(), StartError> {
    if config.database.auto_migrate {
        return Ok(store.migrate_up().await?);
    }
    let pending = store.migration_states().await?.iter().filter(|migration| !migration.applied).count();
    if pending > 0 { Err(StartError::MigrationsPending(pending)) } else { Ok(()) }
}
