//! A connection to PostgreSQL that stays with its user.
//!
//! The pool pings a connection when it hands it out and again when it takes it back: two
//! round trips more than a batch of rotations needs, which is one statement.
//!
//! A commit that waits for a dead standby ends on no time limit of the server, and goes on after its client has left. So
//! connections whose work was given up are counted, until the server has answered, has no more work of theirs, or is no longer
//! used: otherwise each batch would leave one behind, until the server had no room for others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::store::database::doubt::Doubt;
use crate::store::database::error::meaning;
use crate::store::database::error_code::Meaning;

/// A connection that was used within this time is taken to live. Another one has as long to show that it does.
const TRUSTED: Duration = Duration::from_secs(1);
/// What was idle for longer is not asked: a firewall may have forgotten it.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Connections that may be open at once, with those whose work was given up.
const MOST: usize = 4;
/// How often it is looked whether a server still works on what was given up, and is still used.
const GLANCE: Duration = Duration::from_secs(1);

/// One connection, taken from the pool at first use. Where several use it at once, all but one get connections of their
/// own.
pub(in crate::store) struct KeptConnection {
    kept: Mutex<Option<Leased>>,
    room: Arc<Semaphore>,
    doubt: Doubt,
    /// After this time it is replaced.
    max_lifetime: Duration,
}

struct Leased {
    connection: PgConnection,
    /// Not later than it was found to be in no doubt.
    opened: Instant,
    used: Instant,
    /// The process of the server that serves it.
    backend: i32,
    _place: OwnedSemaphorePermit,
}

/// A connection with work under way. Dropped before the work has ended, it keeps its place until the server has ended it.
struct Working<'a> {
    leased: Option<Leased>,
    /// Its other connections tell what the server does.
    pool: &'a PgPool,
    doubt: &'a Doubt,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        if let (Some(given_up), Ok(runtime)) = (self.leased.take(), Handle::try_current()) {
            runtime.spawn(given_up.end(self.pool.clone(), self.doubt.clone()));
        }
    }
}

impl KeptConnection {
    /// # Parameters
    /// - `max_lifetime`: how long it lives outside the pool
    pub fn new(doubt: &Doubt, max_lifetime: Duration) -> Self {
        Self {
            kept: Mutex::default(),
            room: Arc::new(Semaphore::new(MOST)),
            doubt: doubt.clone(),
            max_lifetime,
        }
    }

    /// Runs one statement's work on the connection. Work that fails or is given up leaves it in an unknown state,
    /// and the next one gets a new one from the pool; but a lock that was not to be had harms nothing.
    ///
    /// # Errors
    /// The work's, or that there is no connection to be had.
    pub async fn run<T>(
        &self,
        pool: &PgPool,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut working = Working { leased: Some(self.take(pool).await?), pool, doubt: &self.doubt };
        let Some(leased) = &mut working.leased else { return Err(sqlx::Error::PoolClosed) };
        let result = work(&mut leased.connection).await;
        if result.as_ref().err().is_none_or(leaves_unharmed) {
            leased.used = Instant::now();
            *self.kept.lock() = working.leased.take();
        }
        result
    }

    async fn take(&self, pool: &PgPool) -> Result<Leased, sqlx::Error> {
        let kept = self.kept.lock().take();
        if let Some(mut kept) = kept
            && !self.doubt.covers(kept.opened)
            && kept.opened.elapsed() < self.max_lifetime
            && kept.lives().await
        {
            return Ok(kept);
        }
        let place = Arc::clone(&self.room).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        // Doubt that arises while the pool looks for one counts as well.
        let opened = Instant::now();
        let mut connection = pool.acquire().await?.detach();
        let backend = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        Ok(Leased { connection, opened, used: Instant::now(), backend, _place: place })
    }

    pub async fn close(&self) {
        let kept = self.kept.lock().take();
        if let Some(Leased { connection, .. }) = kept
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the journal's connection failed");
        }
    }
}

/// The statement was undone, and the connection is as good as before.
fn leaves_unharmed(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| meaning(error) == Meaning::Locked)
}

impl Leased {
    async fn lives(&mut self) -> bool {
        match self.used.elapsed() {
            idle if idle < TRUSTED => true,
            idle if idle > FORGOTTEN => false,
            _ => matches!(timeout(TRUSTED, self.connection.ping()).await, Ok(Ok(()))),
        }
    }

    /// Waits for the server to be done with what it was asked for, and hangs up. Where its answer is lost on the way, or its
    /// machine has died, nothing would tell that for many minutes.
    async fn end(mut self, pool: PgPool, doubt: Doubt) {
        let (opened, backend) = (self.opened, self.backend);
        let is_done = tokio::select! {
            answer = self.connection.ping() => answer.is_ok(),
            () = async { while !doubt.covers(opened) && may_work(&pool, backend).await {} } => false,
        };
        if is_done && let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "a connection could not be closed");
        }
    }
}

/// Whether a process of the server works after a while, as far as can be told.
async fn may_work(pool: &PgPool, backend: i32) -> bool {
    sleep(GLANCE).await;
    let works = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active')";
    sqlx::query_scalar(works).bind(backend).fetch_one(pool).await.unwrap_or(true)
}
