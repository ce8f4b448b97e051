//! PostgreSQL: a pool for requests, one for the journal, and one for what a node must know to go on.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Row};
use tokio::time::{Instant, sleep, timeout_at};

use super::server_name::server;
use super::servers::Servers;
use super::session_settings::{Access, SessionSettings};
use super::timeline::Timelines;
use super::{ConnectError, Pools};
use crate::config;
use crate::store::database::doubt::Doubt;
use crate::store::database::kept_connection::KeptConnection;

/// The journal's connections, apart from those that requests use: one commits revocations, one rotations beside what
/// others have locked, and one takes the place of the one that rotates, which leaves the pool.
const JOURNAL_CONNECTIONS: u32 = 3;
/// One reads the revocation log, readiness asks on one, and one may have died and not be known to. What listens for the
/// commits of other nodes has a pool of its own.
const WATCH_CONNECTIONS: u32 = 3;
/// Between two attempts at the first connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What all connections of a store share.
#[derive(Clone)]
pub(super) struct Common {
    doubt: Doubt,
    timelines: Arc<Timelines>,
}

impl Common {
    pub fn new(doubt: &Doubt, timelines: Timelines) -> Self {
        Self { doubt: doubt.clone(), timelines: Arc::new(timelines) }
    }
}

pub(super) async fn open(
    config: &config::Database,
    common: Common,
    rotator: &KeptConnection,
) -> Result<Pools, ConnectError> {
    let doubt = &common.doubt;
    let servers = servers(config)?;
    let of_requests = Arc::new(SessionSettings::of_requests(config.statement_timeout));
    let of_the_watch = Arc::new(SessionSettings::of_the_watch(config.statement_timeout));
    let of_the_journal = Arc::new(SessionSettings::of_the_journal(config.statement_timeout));
    let used = first_connection(&servers, &of_requests, config.acquire_timeout).await?;
    let options = &servers[used];

    let failed = |error: sqlx::Error| ConnectError::Server(reason(options, &error));
    let requests = super::pool(config, config.max_connections, doubt).min_connections(1);
    let requests = connect(requests, options, &of_requests, &common).await.map_err(failed)?;
    let watch = super::pool(config, WATCH_CONNECTIONS, doubt).min_connections(0);
    let watch = connect(watch, options, &of_the_watch, &common).await.map_err(failed)?;
    // A pool that keeps some by itself sleeps for up to a minute between two attempts, after an outage, on a place that
    // is needed. The one that rotates lives on outside the pool, for as long again.
    let journal = super::pool(config, JOURNAL_CONNECTIONS, doubt)
        .min_connections(0)
        .max_lifetime(config.max_lifetime / 2);
    let journal = connect(journal, options, &of_the_journal, &common).await.map_err(failed)?;
    // The one that rotates leaves the pool, which then has room for another one.
    rotator.run(&journal, async |connection| connection.ping().await).await.map_err(failed)?;
    open_all(&journal, JOURNAL_CONNECTIONS).await.map_err(failed)?;
    let pools = vec![
        (requests.clone(), of_requests),
        (watch.clone(), of_the_watch),
        (journal.clone(), of_the_journal),
    ];
    let servers = Servers::new(servers, used, pools, common.timelines, config);
    Ok(Pools {
        write: requests.clone().into(),
        read: requests.into(),
        journal: journal.into(),
        watch: watch.into(),
        servers: Some(Arc::new(servers)),
    })
}

/// Each server of the list, in its order.
fn servers(config: &config::Database) -> Result<Vec<PgConnectOptions>, ConnectError> {
    let options = |url: String| {
        let options: PgConnectOptions =
            url.parse().map_err(|error: sqlx::Error| ConnectError::Server(error.to_string()))?;
        Ok(options
            .log_statements(LevelFilter::Off)
            .log_slow_statements(LevelFilter::Warn, config.slow_statement))
    };
    config.url.servers().into_iter().map(options).collect()
}

/// So that none has to be opened while a refresh or a logout waits for it.
async fn open_all(pool: &PgPool, connections: u32) -> Result<(), sqlx::Error> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(pool.acquire().await?);
    }
    Ok(())
}

/// A pool whose connections have these settings before they are used. A server that only reads is refused by the first
/// write, at once: were it refused here, the pool would go on trying for as long as a request waits. A former primary takes
/// writes, so it has to be refused here.
async fn connect(
    pool: sqlx::postgres::PgPoolOptions,
    options: &PgConnectOptions,
    settings: &Arc<SessionSettings>,
    common: &Common,
) -> Result<PgPool, sqlx::Error> {
    let options = settings.asked_for_by(options);
    let (settings, common) = (Arc::clone(settings), common.clone());
    let pool = pool.after_connect(move |connection, _| {
        let (settings, common) = (Arc::clone(&settings), common.clone());
        Box::pin(async move {
            if settings.ensure(connection).await? == Access::OnlyReads {
                common.doubt.raise();
            }
            common.timelines.check(connection).await
        })
    });
    pool.connect_with(options).await
}

/// Opens a connection by hand, since a pool would only tell that it timed out, and checks that it stays the same from
/// one statement to the next. While nothing listens, or the server is starting, it is tried for as long as a request
/// would wait; of several servers, until one of them takes writes. Gives back the place of the server.
async fn first_connection(
    servers: &[PgConnectOptions],
    settings: &SessionSettings,
    patience: Duration,
) -> Result<usize, ConnectError> {
    let deadline = Instant::now() + patience;
    let share = patience / u32::try_from(servers.len()).unwrap_or(u32::MAX).max(1);
    loop {
        let mut refusals = Vec::new();
        let mut may_pass_soon = servers.len() > 1;
        for (at, server) in servers.iter().enumerate() {
            match first_of(server, settings, deadline.min(Instant::now() + share), patience).await {
                Ok(()) => return Ok(at),
                Err(refusal) => {
                    may_pass_soon |= refusal.may_pass;
                    refusals.push(refusal.reason);
                }
            }
        }
        if !may_pass_soon || Instant::now() + PAUSE >= deadline {
            return Err(ConnectError::Server(refusals.join("; ")));
        }
        sleep(PAUSE).await;
    }
}

/// Why a server is not the one.
struct ServerRefusal {
    reason: String,
    may_pass: bool,
}

async fn first_of(
    options: &PgConnectOptions,
    settings: &SessionSettings,
    deadline: Instant,
    patience: Duration,
) -> Result<(), ServerRefusal> {
    let options = settings.asked_for_by(options);
    match timeout_at(deadline, try_first(&options, settings)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ServerRefusal { reason: reason(&options, &error), may_pass: may_pass(&error) }),
        Err(_) => {
            let reason = format!("{} does not answer within {patience:?}", server(&options));
            Err(ServerRefusal { reason, may_pass: false })
        }
    }
}

async fn try_first(options: &PgConnectOptions, settings: &SessionSettings) -> Result<(), sqlx::Error> {
    let mut one = options.connect().await?;
    let mut other = options.connect().await?;
    // Both are idle now. Of a pooler that lends a server for a transaction only, both get the same one.
    if backend(&mut one).await? == backend(&mut other).await? {
        return Err(sqlx::Error::Configuration(
            "a pooler lends a connection for one transaction only, but prepared statements, time limits and LISTEN \
             need one that stays (PgBouncer: pool_mode = session)"
                .into(),
        ));
    }
    if settings.ensure(&mut one).await? == Access::OnlyReads {
        return Err(sqlx::Error::Configuration(
            "the server only reads: it is a standby, or default_transaction_read_only is on".into(),
        ));
    }
    one.close().await?;
    other.close().await
}

async fn backend(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    // The simple protocol, which leaves no prepared statement behind.
    sqlx::raw_sql("SELECT pg_backend_pid()::text").fetch_one(connection).await?.try_get(0)
}

/// A server that is not there yet, or has no room just now.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => listens_not(error),
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}

/// The reason of a failure in words that name the server, and never the password.
fn reason(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let server = server(options);
    match error {
        sqlx::Error::Io(error) if listens_not(error) => format!("nothing listens at {server} ({error})"),
        sqlx::Error::Io(error) => format!("{server} cannot be reached: {error}"),
        sqlx::Error::Tls(error) => format!("{server}: no TLS: {error}"),
        sqlx::Error::Database(error) => format!("{server} refuses the connection: {}", error.message()),
        sqlx::Error::Configuration(error) => format!("{server}: {error}"),
        error => format!("{server}: {error}"),
    }
}

fn listens_not(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound)
}
