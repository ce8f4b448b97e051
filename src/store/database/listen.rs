//! `LISTEN` on PostgreSQL: being woken by the commits of other nodes.

use std::time::{Duration, Instant};

use sqlx::postgres::PgListener;

use crate::store::Store;
use crate::store::session::revocation::CHANNEL;

/// How long opening the connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that waits for revocations of other nodes. It is opened again when it was lost, when it is old, and when
/// it was silent about what stands in the log.
#[derive(Debug, Default)]
pub struct RevocationListener {
    open: Option<Open>,
    woken: Woken,
    silence: Silence,
}

#[derive(Debug)]
struct Open {
    connection: PgListener,
    since: Instant,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Woken {
    /// The connection has just been opened, or there is none: what was committed before could not be told.
    #[default]
    Opened,
    /// By a notification.
    Notified,
    /// The time was over.
    Elapsed,
}

impl RevocationListener {
    /// Takes note of whether the reading that followed the wait has found anything new.
    pub fn has_read(&mut self, found_news: bool) {
        if self.silence.is_proven_by(self.woken, found_news) {
            tracing::warn!("notifications of revocations do not arrive; listening on a new connection");
            self.open = None;
        }
    }
}

/// Whether a connection fails to tell what polling finds. A notification may come a moment after the poll, so a whole
/// further wait has to pass without one.
#[derive(Clone, Copy, Debug, Default)]
struct Silence {
    /// Polling has found what no notification had told.
    untold: bool,
}

impl Silence {
    fn is_proven_by(&mut self, woken: Woken, found_news: bool) -> bool {
        let is_proven = self.untold && woken == Woken::Elapsed;
        self.untold = found_news && woken == Woken::Elapsed && !is_proven;
        is_proven
    }
}

impl Store {
    /// Waits for the next commit with revocations, at most for `timeout`. Without a connection, or on
    /// SQLite, that is the whole time. Where a connection has been opened the wait ends at once: what was committed before
    /// is to be read.
    pub async fn wait_for_revocations(&self, listener: &mut RevocationListener, timeout: Duration) {
        // Notifications come from the server that commits: a connection to the former one would stay silent.
        listener
            .open
            .take_if(|open| self.doubt.covers(open.since) || open.since.elapsed() > self.max_lifetime);
        let Some(open) = &mut listener.open else {
            listener.woken = Woken::Opened;
            listener.open = self.listen().await;
            if listener.open.is_none() {
                tokio::time::sleep(timeout).await;
            }
            return;
        };
        listener.woken = match tokio::time::timeout(timeout, open.connection.try_recv()).await {
            Ok(Ok(Some(_))) => {
                // One reading serves them all.
                while open.connection.next_buffered().is_some() {}
                Woken::Notified
            }
            Err(_) => Woken::Elapsed,
            // The connection was lost; what was missed meanwhile stands in the log.
            Ok(Ok(None) | Err(_)) => {
                listener.open = None;
                tokio::time::sleep(timeout).await;
                Woken::Opened
            }
        };
    }

    async fn listen(&self) -> Option<Open> {
        if self.is_sqlite() {
            return None;
        }
        let since = Instant::now();
        let open = async {
            let mut connection = PgListener::connect_with(self.watch.get_postgres_connection_pool()).await?;
            connection.listen(CHANNEL).await?;
            Ok::<_, sqlx::Error>(connection)
        };
        let connection = tokio::time::timeout(PATIENCE, open).await.ok()?.ok()?;
        Some(Open { connection, since })
    }
}

#[cfg(test)]
mod tests {
    use super::Woken::{Elapsed, Notified, Opened};
    use super::*;

    /// Whether the last of these readings proves that the connection is silent.
    fn proves(readings: &[(Woken, bool)]) -> bool {
        let mut silence = Silence::default();
        readings
            .iter()
            .map(|(woken, found_news)| silence.is_proven_by(*woken, *found_news))
            .fold(false, |_, it| it)
    }

    #[test]
    fn news_that_no_notification_tells_prove_a_silent_connection() {
        assert!(proves(&[(Elapsed, true), (Elapsed, false)]));
        assert!(proves(&[(Notified, true), (Elapsed, true), (Elapsed, true)]));
    }

    #[test]
    fn a_notification_that_comes_a_moment_later_proves_that_it_speaks() {
        assert!(!proves(&[(Elapsed, true), (Notified, false)]));
        assert!(!proves(&[(Elapsed, true), (Notified, false), (Elapsed, false)]));
    }

    #[test]
    fn quiet_times_and_new_connections_prove_nothing() {
        assert!(!proves(&[(Elapsed, false), (Elapsed, false)]));
        assert!(!proves(&[(Opened, true), (Elapsed, false)]));
        assert!(!proves(&[(Elapsed, true), (Elapsed, true), (Opened, true), (Elapsed, false)]));
    }
}
