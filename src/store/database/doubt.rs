//! Doubt about open connections: one of them has led to a server that cannot serve, so the others may as well.
//!
//! After a failover connections to the former primary stay open, answer each ping, and refuse every write. So
//! the first such refusal makes all pools close what was open by then, and the next request connects to whatever
//! server the address leads to now.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::Database;
use sqlx::pool::PoolOptions;
use tokio::sync::Notify;

use crate::store::Store;

/// Connections are not replaced more often than this: where every server is at fault, that would only be more work.
const PAUSE: Duration = Duration::from_secs(1);

/// Shared by all connections of a store.
#[derive(Clone, Default)]
pub(in crate::store) struct Doubt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    raised: Mutex<Option<Instant>>,
    notify: Notify,
}

impl Doubt {
    /// Connections that are open now are not relied upon.
    pub fn raise(&self) {
        let mut raised = self.0.raised.lock();
        if raised.is_none_or(|at| at.elapsed() > PAUSE) {
            *raised = Some(Instant::now());
        }
        self.0.notify.notify_one();
    }

    /// Connections that are open now lead to a server that is no longer used.
    pub fn raise_again(&self) {
        *self.0.raised.lock() = Some(Instant::now());
    }

    /// The database did not do what it was asked for, whether or not the connections are at fault.
    pub fn tell_trouble(&self) {
        self.0.notify.notify_one();
    }

    /// Whether a connection that was opened then must be replaced.
    pub fn covers(&self, opened: Instant) -> bool {
        self.0.raised.lock().is_some_and(|at| opened <= at)
    }

    /// Waits for trouble, or returns at once if there has been any since the last call.
    pub async fn trouble(&self) {
        self.0.notify.notified().await;
    }

    /// Has a pool close connections that are covered, instead of handing them out.
    pub fn watch<DB: Database>(&self, pool: PoolOptions<DB>) -> PoolOptions<DB> {
        let doubt = self.clone();
        pool.before_acquire(move |_, connection| {
            let opened = Instant::now().checked_sub(connection.age);
            let relied_upon = !opened.is_some_and(|opened| doubt.covers(opened));
            Box::pin(std::future::ready(Ok(relied_upon)))
        })
    }
}

impl Store {
    /// What one connection tells and what another one does contradict each other, and no other node can be the reason.
    /// They may lead to different servers, so none that is open is relied upon.
    pub fn note_contradiction(&self) {
        if !self.is_sqlite() {
            tracing::warn!("connections to the database contradict each other; all of them are given up");
            self.doubt.raise();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_open_is_covered_and_what_comes_later_is_not() {
        let doubt = Doubt::default();
        let before = Instant::now();
        assert!(!doubt.covers(before));
        let first = Instant::now();
        doubt.raise();
        assert!(doubt.covers(before));
        std::thread::sleep(Duration::from_millis(1));
        let after = Instant::now();
        assert!(!doubt.covers(after));
        doubt.raise();
        let is_pause = first.elapsed() < PAUSE;
        assert!(!(is_pause && doubt.covers(after)), "not twice within the pause");
        doubt.raise_again();
        assert!(doubt.covers(after), "but always where the server was changed");
    }
}
