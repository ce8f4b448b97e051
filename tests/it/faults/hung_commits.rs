//! The synchronous standby is dead, so commits wait. No time limit of the server ends that, nor that the client has gone: a
//! node must not open one connection after the other, until the server has no room for what checks access tokens.

use tokio::task::block_in_place;

use crate::support::backend::{Backend, Env};
use crate::support::client::served;
use crate::support::eventually::eventually;
use crate::support::postgres::{Cluster, psql};
use crate::support::process::Node;

const IMPATIENT: [(&str, &str); 2] =
    [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "500ms"), ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")];
/// More than the connections that may wait.
const SESSIONS: usize = 6;
const ATTEMPT: Option<&str> = Some("the-attempt-of-this-test");
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kindred journal' \
                       AND wait_event = 'SyncRep' AND query LIKE 'UPDATE session_families%'";

fn set_standby(cluster: &Cluster, name: &str) {
    let url = cluster.url("postgres");
    psql(&url, &format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
    psql(&url, "SELECT pg_reload_conf()");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_wait_for_a_dead_standby_leave_few_connections_behind() {
    let cluster = block_in_place(Cluster::start);
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&IMPATIENT);
    setup.database_url = block_in_place(|| cluster.migrated_database());
    let node = block_in_place(|| Node::start(setup));
    let client = node.client();
    let mut users = Vec::new();
    for _ in 0..SESSIONS {
        users.push(client.signed_in_at_last().await);
    }

    block_in_place(|| set_standby(&cluster, "dead"));
    eventually("commits wait", async || (client.get("/health/ready").await.status == 503).then_some(()))
        .await;
    for user in &users {
        client.refresh(&user.refresh, ATTEMPT).await.assert_problem(503, "unavailable");
        assert_eq!(client.verify(&user.access).await.status, 204, "that needs no commit");
    }
    let waiting: usize = psql(&cluster.url("postgres"), WAITING).parse().expect("a number");
    assert!((1..=4).contains(&waiting), "{waiting} rotations wait");

    block_in_place(|| set_standby(&cluster, ""));
    for user in &users {
        let reply = served(async || client.refresh(&user.refresh, ATTEMPT).await).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}
