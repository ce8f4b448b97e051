//! The servers that a database of PostgreSQL may be at. One of them takes writes, and after a failover another one does:
//! it is looked for, and from then on new connections lead there.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgPool};
use tokio::time::timeout;

use super::server_name::server;
use super::session_settings::{Access, SessionSettings};

/// A list of more than one.
pub(in crate::store) struct Servers {
    all: Vec<PgConnectOptions>,
    /// The place of the one that connections lead to.
    used: Mutex<usize>,
    /// What is to lead there, and what its connections rely on.
    pools: Vec<(PgPool, Arc<SessionSettings>)>,
    /// How long one of them may take to answer.
    patience: Duration,
}

impl Servers {
    pub(super) fn new(
        all: Vec<PgConnectOptions>,
        used: usize,
        pools: Vec<(PgPool, Arc<SessionSettings>)>,
        patience: Duration,
    ) -> Self {
        Self { all, used: Mutex::new(used), pools, patience }
    }

    /// Looks for the one that takes writes, and leads new connections there. True if it is another one than before.
    pub async fn seek(&self) -> bool {
        let used = *self.used.lock();
        // The one that is used comes first: it may be that nothing was wrong with it.
        for at in (used..self.all.len()).chain(0..used) {
            if self.takes_writes(at).await {
                return at != used && self.lead_to(at);
            }
        }
        false
    }

    async fn takes_writes(&self, at: usize) -> bool {
        let Some((_, settings)) = self.pools.first() else { return false };
        let question = async {
            let mut connection = settings.asked_for_by(&self.all[at]).connect().await?;
            let access = settings.ensure(&mut connection).await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(access)
        };
        matches!(timeout(self.patience, question).await, Ok(Ok(Access::Writes)))
    }

    fn lead_to(&self, at: usize) -> bool {
        for (pool, settings) in &self.pools {
            pool.set_connect_options(settings.asked_for_by(&self.all[at]));
        }
        *self.used.lock() = at;
        tracing::warn!(server = server(&self.all[at]), "another server takes the writes of the database now");
        true
    }
}
