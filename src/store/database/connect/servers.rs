//! The servers that a database of PostgreSQL may be at. One of them takes writes, and after a failover another one does:
//! it is looked for, and from then on new connections lead there.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgPool};
use tokio::time::timeout;

use super::server_name::server;
use super::session_settings::{Access, SessionSettings};
use super::timeline::{Timeline, Timelines};
use crate::config;

/// One or more.
pub(in crate::store) struct Servers {
    all: Vec<PgConnectOptions>,
    /// The place of the one that connections lead to.
    used: Mutex<usize>,
    /// What is to lead there, and what its connections rely on.
    pools: Vec<(PgPool, Arc<SessionSettings>)>,
    lookout: SessionSettings,
    timelines: Arc<Timelines>,
    /// How long one of them may take to answer.
    patience: Duration,
}

/// A server that takes writes.
struct Writer {
    at: usize,
    /// `None` if it does not tell.
    timeline: Option<Timeline>,
}

impl Servers {
    pub(super) fn new(
        all: Vec<PgConnectOptions>,
        used: usize,
        pools: Vec<(PgPool, Arc<SessionSettings>)>,
        timelines: Arc<Timelines>,
        config: &config::Database,
    ) -> Self {
        let lookout = SessionSettings::of_the_lookout(config.statement_timeout);
        Self { all, used: Mutex::new(used), pools, lookout, timelines, patience: config.acquire_timeout }
    }

    pub const fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Looks for the one that takes writes, on new connections, and leads all others there. Of several it is the one with
    /// the latest timeline. True if it is another one than before.
    pub async fn seek(&self) -> bool {
        let used = *self.used.lock();
        // The one that is used comes first: it may be that nothing was wrong with it.
        let order = (used..self.all.len()).chain(0..used);
        let answers = join_all(order.map(|at| self.ask(at))).await;
        let writers: Vec<Writer> = answers.into_iter().flatten().collect();
        // Each tells its own before one is chosen, since a former primary may stand before the new one.
        for writer in &writers {
            self.admits(writer);
        }
        let chosen = writers.iter().find(|writer| self.admits(writer));
        chosen.is_some_and(|writer| writer.at != used && self.lead_to(writer.at))
    }

    fn admits(&self, writer: &Writer) -> bool {
        writer.timeline.as_ref().is_none_or(|timeline| self.timelines.admit(timeline))
    }

    /// `None` unless it takes writes.
    async fn ask(&self, at: usize) -> Option<Writer> {
        let question = async {
            let mut connection = self.lookout.asked_for_by(&self.all[at]).connect().await?;
            let access = self.lookout.ensure(&mut connection).await?;
            let timeline = Timeline::of(&mut connection).await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>((access, timeline))
        };
        match timeout(self.patience, question).await {
            Ok(Ok((Access::Writes, timeline))) => Some(Writer { at, timeline }),
            _ => None,
        }
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
