//! Chained refreshes beside the same database's own single-row updates.

use crate::Result;
use crate::backend::sqlite_url;
use crate::backend::{Backend, Database};
use crate::baselines::Sqlite;
use crate::check::Better;
use crate::clients;
use crate::options::Options;
use crate::report::{Report, Row, Target};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop};
use crate::server::migrate;

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    let server = backend.server("refresh", &[]).await?;
    let most = options.clients.iter().copied().max().unwrap_or(1);
    let mut sessions = clients::sessions(&server.endpoint, most).await?;
    let mut raw = Raw::open(backend).await?;
    for &count in &options.clients {
        let mut rounds = Rounds::default();
        for round in 0..=ROUNDS {
            let length = if round == 0 { options.warm_up() } else { options.duration };
            let active = sessions.split_off(sessions.len() - count);
            let (active, ours) = closed_loop(active, length).await?;
            sessions.extend(active);
            let (back, beside) = raw.rate(count, length).await?;
            raw = back;
            if round > 0 {
                rounds.push(ours, beside);
            }
        }
        let ratio = rounds.ratio(Measurement::rate);
        let mut row = Row::new(backend.name, "refresh").rates(count, &rounds, raw.name());
        row = row.figure(format!("refresh, {count} clients"), ratio, Better::Higher);
        if let Some(target) = raw.target(count) {
            row = row.judged(ratio, target);
        }
        report.add(row);
    }
    Ok(())
}

/// The counterpart on the same database.
enum Raw<'a> {
    Sqlite(Sqlite),
    Postgres(&'a crate::postgres::Cluster),
}

impl<'a> Raw<'a> {
    async fn open(backend: &'a Backend) -> Result<Self> {
        Ok(match &backend.database {
            Database::Sqlite => {
                let directory = backend.directory.join("raw");
                let file = directory.join("raw.db");
                migrate(&directory, &sqlite_url(&file)).await?;
                Self::Sqlite(Sqlite::open(&file).await?)
            }
            Database::Postgres(cluster) => Self::Postgres(cluster),
        })
    }

    async fn rate(self, clients: usize, length: std::time::Duration) -> Result<(Self, f64)> {
        Ok(match self {
            Self::Sqlite(sqlite) => {
                let (sqlite, rate) = sqlite.rotations(length).await?;
                (Self::Sqlite(sqlite), rate)
            }
            Self::Postgres(cluster) => (self, cluster.updates(clients, length).await?),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "raw, 64 per transaction",
            Self::Postgres(_) => "pgbench, as many clients",
        }
    }

    /// Few clients cannot fill a commit group, so the targets begin where load does.
    fn target(&self, clients: usize) -> Option<Target> {
        match self {
            Self::Sqlite(_) if clients >= 64 => Some(Target::AtLeast(0.5)),
            Self::Postgres(_) if clients >= 512 => Some(Target::AtLeast(1.5)),
            Self::Postgres(_) if clients >= 64 => Some(Target::AtLeast(1.0)),
            _ => None,
        }
    }
}
