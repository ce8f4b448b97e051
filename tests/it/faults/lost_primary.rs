//! F-13: the primary dies under traffic, and its synchronous standby takes over. Two nodes follow by their list of servers,
//! and nothing that was acknowledged is lost.

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::block_in_place;

use super::ledger::check_all;
use super::outage::{MANY_SESSIONS, Traffic};
use super::seed::Rng;
use crate::support::backend::{Backend, Env};
use crate::support::eventually::wait_until;
use crate::support::family::{NO_RACE, aging};
use crate::support::metrics::metric;
use crate::support::postgres::{Cluster, psql};
use crate::support::process::Node;

const SETTINGS: [(&str, &str); 3] = [
    MANY_SESSIONS,
    ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "2s"),
    ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "2s"),
];

/// From here on a commit is acknowledged when the standby has it as well.
fn replicate_synchronously(primary: &Cluster) {
    let url = primary.url("postgres");
    psql(&url, "ALTER SYSTEM SET synchronous_standby_names = '*'");
    psql(&url, "SELECT pg_reload_conf()");
    let state = "SELECT sync_state FROM pg_stat_replication";
    wait_until("replication is synchronous", || (psql(&url, state) == "sync").then_some(()));
}

fn kill(primary: &Cluster) {
    let postmaster = Pid::from_raw(primary.pid()).expect("a process id");
    kill_process(postmaster, Signal::KILL).expect("it runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_dies_under_traffic_takes_nothing_along() {
    let mut rng = Rng::new("lost primary");
    let (primary, url, standby) = block_in_place(|| {
        let primary = Cluster::start();
        let url = primary.migrated_database();
        let standby = primary.standby();
        replicate_synchronously(&primary);
        (primary, url, standby)
    });
    let database = url.rsplit('/').next().expect("a database in the URL");
    let servers = [&primary, &standby].map(|cluster| cluster.address().to_string()).join(",");
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&SETTINGS);
    setup.database_url = format!("postgres://postgres@{servers}/{database}?target_session_attrs=read-write");
    let nodes = block_in_place(|| [Node::start(setup.clone()), Node::start(setup)]);
    let clients = nodes.each_ref().map(Node::client);
    let traffic = [Traffic::start(&clients[0], &mut rng).await, Traffic::start(&clients[1], &mut rng).await];
    for each in &traffic {
        each.flows().await;
    }
    block_in_place(|| {
        kill(&primary);
        assert_eq!(psql(&standby.url("postgres"), "SELECT pg_promote()"), "t");
    });
    for each in &traffic {
        each.flows().await;
    }
    let [first, second] = traffic;
    // Both are over before a check touches the rows of all sessions.
    let ledgers = [first.ended().await, second.ended().await];
    for (ledgers, client) in ledgers.into_iter().zip(&clients) {
        let pass = || {
            psql(&standby.url(database), &aging(Backend::Postgres, NO_RACE));
        };
        check_all(ledgers, client, &mut rng, pass).await;
    }
    for node in &nodes {
        assert_eq!(metric(node, "auth_revocation_feed_resets_total", &[]).await, 0.0, "nothing was lost");
    }
}
