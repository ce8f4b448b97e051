//! The composition root: what is built in which order, and in which order it ends.

mod keys;
mod master_key;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::authn::Authn;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Tokens};
use crate::crypto::password::PasswordPool;
use crate::entropy::{Entropy, OsEntropy};
use crate::http::server;
use crate::http::state::AppState;
use crate::model::access_token::Terms;
use crate::model::session_family::Tolerance;
use crate::session::core::Shared;
use crate::session::janitor;
use crate::session::journal::{Journal, JournalTask};
use crate::session::port::Database;
use crate::session::registry::{Limits, Registry};
use crate::session::revocation::RevocationIndex;
use crate::session::revocation_feed::RevocationFeed;
use crate::session::service::{SessionRules, Sessions};
use crate::session::threads::ActorThreads;
use crate::session::tokens::TokenIssuer;
use crate::session::verifier::Verifier;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

pub use keys::StartError;
use keys::{Keys, open_keys};

/// How far the wall clocks of nodes on one PostgreSQL may lie apart.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// What comes from outside the program: tests bring their own time.
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        }
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
        let passwords = PasswordPool::start(&config.password, Arc::clone(&world.entropy), metrics.clone());

        let actors = ActorThreads::start(config.sessions.threads).map_err(StartError::Threads)?;
        let (journal, journal_task) = Journal::start(Arc::clone(&store), metrics.clone());
        let index = Arc::new(if store.is_sqlite() {
            RevocationIndex::alone()
        } else {
            RevocationIndex::among_others(config.revocation.max_staleness)
        });
        let shared = Arc::new(shared(config, &world, &store, journal, &keys, &index, &metrics));
        let registry = Registry::new(Arc::clone(&shared), limits(config), actors.handles());
        let sessions = Arc::new(sessions(config, &world, &store, registry, &keys, index, &metrics));
        let jobs = start_jobs(config, &world, &store, &sessions).await?;

        let authn = Arc::new(Authn {
            store: Arc::clone(&store),
            sessions: Arc::clone(&sessions),
            passwords: passwords.map_err(StartError::Threads)?,
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
        // Nor must a database that hangs: whoever waits for it has been promised nothing.
        if timeout_at(deadline, self.journal.flush()).await.is_err() {
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
        formatter
            .debug_struct("Kindred")
            .field("address", &self.address)
            .finish_non_exhaustive()
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
    let pending = store
        .migration_states()
        .await?
        .iter()
        .filter(|migration| !migration.applied)
        .count();
    if pending > 0 {
        Err(StartError::MigrationsPending(pending))
    } else {
        Ok(())
    }
}

const fn limits(config: &Config) -> Limits {
    Limits {
        waiting_per_family: config.sessions.max_waiting_per_session,
        waiting: config.sessions.max_waiting,
        passivate_after: config.sessions.passivate_after,
    }
}

fn shared(
    config: &Config,
    world: &World,
    store: &Arc<Store>,
    journal: Journal,
    keys: &Keys,
    index: &Arc<RevocationIndex>,
    metrics: &Metrics,
) -> Shared {
    Shared {
        store: Arc::new(Database::new(Arc::clone(store), journal, Handle::current())),
        keyring: Arc::clone(&keys.keyring),
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        index: Arc::clone(index),
        tolerance: Tolerance {
            grace: config.refresh.grace,
            retry_window: config.refresh.retry_window,
            clock_skew: CLOCK_SKEW,
        },
        idle_timeout: config.sessions.idle_timeout,
        patience: config.database.acquire_timeout + config.database.statement_timeout,
        live: metrics.family_actors.with_label_values(&["live"]),
        activating: metrics.family_actors.with_label_values(&["activating"]),
        metrics: metrics.clone(),
        sabotage: Mutex::new(None),
    }
}

fn sessions(
    config: &Config,
    world: &World,
    store: &Arc<Store>,
    registry: Registry,
    keys: &Keys,
    index: Arc<RevocationIndex>,
    metrics: &Metrics,
) -> Sessions {
    let registry = Arc::new(registry);
    let terms = Arc::new(terms(&config.tokens));
    let issuer = TokenIssuer {
        keyring: Arc::clone(&keys.keyring),
        signer: Arc::clone(&keys.signer),
        clock: Arc::clone(&world.clock),
        terms: Arc::clone(&terms),
    };
    let verifier = Verifier {
        signer: Arc::clone(&keys.signer),
        index: Arc::clone(&index),
        registry: Arc::clone(&registry),
        clock: Arc::clone(&world.clock),
        terms,
        metrics: metrics.clone(),
        verified: Cache::builder()
            .max_capacity(config.tokens.verified_cache)
            .time_to_live(config.tokens.longest_life())
            .build(),
    };
    Sessions {
        store: Arc::clone(store),
        registry,
        index,
        issuer,
        verifier,
        keyring: Arc::clone(&keys.keyring),
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        rules: SessionRules {
            max_per_user: config.sessions.max_per_user,
            idle_timeout: config.sessions.idle_timeout,
            absolute_timeout: config.sessions.absolute_timeout,
        },
        metrics: metrics.clone(),
    }
}

fn terms(tokens: &Tokens) -> Terms {
    Terms {
        issuer: tokens.issuer.clone(),
        audience: tokens.audience.clone(),
        ttl: tokens.access_ttl,
        leeway: Tokens::LEEWAY,
    }
}

/// Revocations are loaded before the first request is accepted.
async fn start_jobs(
    config: &Config,
    world: &World,
    store: &Arc<Store>,
    sessions: &Arc<Sessions>,
) -> Result<Vec<JoinHandle<()>>, StartError> {
    let horizon = config.tokens.longest_life();
    let feed = RevocationFeed {
        store: Arc::clone(store),
        index: Arc::clone(&sessions.index),
        clock: Arc::clone(&world.clock),
        metrics: sessions.metrics.clone(),
        poll_interval: config.revocation.poll_interval,
        horizon,
    };
    let position = feed.load().await?;
    let mut jobs = janitor::start(sessions, horizon);
    // On SQLite every revocation passes through this process: there is nothing to follow.
    if !store.is_sqlite() {
        jobs.push(feed.follow(position));
    }
    Ok(jobs)
}
