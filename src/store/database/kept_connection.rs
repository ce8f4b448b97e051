//! A connection to PostgreSQL that stays with its user.
//!
//! The pool asks a connection for a sign of life when it hands it out and again when it takes it back: two
//! round trips more than a batch of rotations needs, which is one statement.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::timeout;

/// A connection that was used within this time is taken to live. Another one has as long to show that it does.
const TRUSTED: Duration = Duration::from_secs(1);
/// What was idle for longer is not asked: a firewall may have forgotten it.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// See the module's description. Where several use it at once, all but one get connections of their own.
#[derive(Default)]
pub(in crate::store) struct KeptConnection(Mutex<Option<Leased>>);

struct Leased {
    connection: PgConnection,
    used: Instant,
}

impl KeptConnection {
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
        let mut connection = self.take(pool).await?;
        let result = work(&mut connection).await;
        if result.as_ref().err().is_none_or(leaves_unharmed) {
            *self.0.lock() = Some(Leased { connection, used: Instant::now() });
        }
        result
    }

    async fn take(&self, pool: &PgPool) -> Result<PgConnection, sqlx::Error> {
        let kept = self.0.lock().take();
        if let Some(mut kept) = kept
            && kept.lives().await
        {
            return Ok(kept.connection);
        }
        Ok(pool.acquire().await?.detach())
    }

    pub async fn close(&self) {
        let kept = self.0.lock().take();
        if let Some(Leased { connection, .. }) = kept
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the journal's connection failed");
        }
    }
}

/// PostgreSQL's `lock_not_available`: the statement was undone, and the connection is as good as before.
fn leaves_unharmed(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}

impl Leased {
    async fn lives(&mut self) -> bool {
        match self.used.elapsed() {
            idle if idle < TRUSTED => true,
            idle if idle > FORGOTTEN => false,
            _ => matches!(timeout(TRUSTED, self.connection.ping()).await, Ok(Ok(()))),
        }
    }
}
