//! Refreshes on three nodes, with a million session families in their table, beside the same with a nearly empty one.

use crate::Result;
use crate::backend::{Backend, Database};
use crate::clients::{Account, Session};
use crate::http::Connection;
use crate::options::Options;
use crate::report::{Report, Row};
use crate::rounds::{Measurement, ROUNDS, Rounds, closed_loop, median};
use crate::server::Server;

const SECTION: &str = "nodes";
const NODES: usize = 3;
const CLIENTS: usize = 64;
/// Below the limit of sessions that a user may have.
const PER_ACCOUNT: usize = 8;
/// Copies of a family under other ids, spread over the index as chance would have it.
const FILL: &str = "INSERT INTO session_families SELECT filled.* \
                    FROM (SELECT family FROM session_families AS family LIMIT 1) AS one \
                    CROSS JOIN generate_series(1, 1000000) AS series(number) \
                    CROSS JOIN LATERAL jsonb_populate_record(one.family, \
                    jsonb_build_object('id', md5(series.number::text)::uuid)) AS filled";

pub async fn run(backend: &Backend, options: &Options, report: &mut Report) -> Result<()> {
    // SQLite is for one process.
    let Database::Postgres(cluster) = &backend.database else { return Ok(()) };
    let beside = refreshes(backend, options, "few").await?;
    let beside = median(beside.iter().map(Measurement::rate).collect());
    cluster.execute(SECTION, FILL).await?;
    cluster.execute(SECTION, "VACUUM ANALYZE session_families").await?;
    let mut rounds = Rounds::default();
    for round in refreshes(backend, options, "many").await? {
        rounds.push(round, beside);
    }
    let row = Row::new(backend.name, format!("refresh on {NODES} nodes, 1 000 000 families"));
    report.add(row.rates(CLIENTS, &rounds, "with few families"));
    Ok(())
}

/// The rounds of new nodes on the database.
async fn refreshes(backend: &Backend, options: &Options, name: &str) -> Result<Vec<Measurement>> {
    let nodes = backend.nodes(SECTION, NODES, &[]).await?;
    let mut sessions = sessions(&nodes, name).await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..=ROUNDS {
        let length = if round == 0 { options.warm_up() } else { options.duration };
        let measured;
        (sessions, measured) = closed_loop(sessions, length).await?;
        if round > 0 {
            rounds.push(measured);
        }
    }
    Ok(rounds)
}

/// Clients that stay at their node, eight of one account at a time.
async fn sessions(nodes: &[Server], name: &str) -> Result<Vec<Session>> {
    let mut sessions = Vec::with_capacity(CLIENTS);
    for (number, node) in nodes.iter().cycle().take(CLIENTS / PER_ACCOUNT).enumerate() {
        let mut connection = Connection::open(&node.endpoint).await?;
        let account = Account::register(&mut connection, &format!("{name}-{number}")).await?;
        for _ in 0..PER_ACCOUNT {
            let tokens = account.log_in(&mut connection).await?;
            sessions.push(Session::open(&node.endpoint, tokens.refresh).await?);
        }
    }
    Ok(sessions)
}
