//! `LISTEN` on PostgreSQL: being woken by the commits of other nodes.

use std::time::{Duration, Instant};

use sqlx::postgres::PgListener;

use crate::store::Store;
use crate::store::session::revocation::CHANNEL;

/// How long opening the connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that waits for revocations of other nodes; opened again whenever it was lost.
#[derive(Debug, Default)]
pub struct RevocationListener(Option<(PgListener, Instant)>);

impl Store {
    /// Waits for the next commit with revocations, at most for `timeout`. Without a connection, or on
    /// SQLite, that is the whole time.
    pub async fn wait_for_revocations(&self, listener: &mut RevocationListener, timeout: Duration) {
        // Notifications come from the server that commits: a connection to the former one would stay silent.
        listener.0.take_if(|(_, opened)| self.doubt.covers(*opened));
        if listener.0.is_none() {
            listener.0 = self.listen().await.map(|connection| (connection, Instant::now()));
        }
        let Some((connection, _)) = &mut listener.0 else {
            return tokio::time::sleep(timeout).await;
        };
        // `None` tells that the connection was lost; what was missed meanwhile stands in the log.
        if let Ok(Ok(None) | Err(_)) = tokio::time::timeout(timeout, connection.try_recv()).await {
            listener.0 = None;
            tokio::time::sleep(timeout).await;
        }
    }

    async fn listen(&self) -> Option<PgListener> {
        if self.is_sqlite() {
            return None;
        }
        let open = async {
            let mut listener = PgListener::connect_with(self.journal.get_postgres_connection_pool()).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sqlx::Error>(listener)
        };
        tokio::time::timeout(PATIENCE, open).await.ok()?.ok()
    }
}
