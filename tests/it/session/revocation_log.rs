//! How ends of sessions reach another node: in which order commits become visible, and how often the node looks, decides;
//! no clock does.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::faults::lock::{Lock, is_waited_for};
use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::{count, rows, sql};

/// After a commit: the reading that may have begun before it, and the first that has not.
const READINGS: f64 = 2.0;
/// Of one node.
const WRITTEN: &str = "auth_revocations_written_back_total";

/// A node looks at least every `revocation.poll_interval`, 500 ms, so within a second it has looked twice.
async fn readings(node: &Node) -> f64 {
    metric(node, "auth_revocation_log_reads_total", &[]).await
}

async fn is_enforced(client: &Client, family: &Family) -> bool {
    client.verify(family.access()).await.code() == "session_revoked"
}

/// What was committed before `since` was counted is known after two more readings, however long they take.
async fn assert_enforced_in_time(node: &Node, family: &Family, since: f64) {
    let client = node.client();
    eventually("the other node knows it", async || {
        let read = readings(node).await;
        if is_enforced(&client, family).await {
            return Some(());
        }
        assert!(read < since + READINGS, "not known after {} readings", read - since);
        None
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_known_elsewhere_with_the_first_reading_after_its_commit() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let client = a.client();
    for _ in 0..5 {
        let family = Family::open(&client).await;
        assert_eq!(b.client().verify(family.access()).await.status, 204);
        assert_eq!(client.logout(family.access()).await.status, 204);
        let since = readings(&b).await;
        assert_enforced_in_time(&b, &family, since).await;
    }
}

/// One connection for requests, which a login holds for as long as it waits.
const ONE_CONNECTION: &[(&str, &str)] = &[
    ("KINDRED_DATABASE__MAX_CONNECTIONS", "1"),
    ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "50s"),
    ("KINDRED_REFRESH__RACE_WINDOW", "60s"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_for_the_database_delay_no_end() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(ONE_CONNECTION).await);
    let (family, waiting) = (Family::open(&a.client()).await, Family::open(&a.client()).await);
    let lock = Lock::user(&env, &waiting.email).await;
    let (client, email) = (b.client(), waiting.email.clone());
    let login = tokio::spawn(async move { client.login(&email, PASSWORD).await });
    is_waited_for(&env).await;
    assert_eq!(a.client().logout(family.access()).await.status, 204);
    let since = readings(&b).await;
    assert_enforced_in_time(&b, &family, since).await;
    assert!(!login.is_finished(), "it still holds the connection");
    lock.release().await;
    assert_eq!(login.await.expect("no panic").status, 200);
}

/// The connections that listen.
fn listeners(env: &Env) -> Vec<String> {
    let listening = "SELECT pid FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE 'LISTEN %'";
    rows(env, listening)
}

/// More often than a pool has connections: each of the silent ones stays open until the network tells that it is lost.
const SILENCES: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_falls_silent_is_replaced_and_keeps_no_place() {
    let env = Env::new(Backend::Postgres).await;
    let often = [("KINDRED_REVOCATION__POLL_INTERVAL", "100ms")];
    let a = env.node(&often).await;
    let own = eventually("a node listens", async || listeners(&env).pop()).await;
    let (proxy, through) = ChaosProxy::before(env.database_url()).await;
    let mut setup = env.setup(&often);
    setup.database_url = through;
    let b = tokio::task::block_in_place(|| Node::start(setup));
    let client = a.client();
    let mut known = vec![own];
    for round in 0..SILENCES {
        let new = async || listeners(&env).into_iter().find(|pid| !known.contains(pid));
        let speaking = eventually("the other node listens", new).await;
        known.push(speaking);
        proxy.silence("LISTEN ");
        eventually("it listens on another connection", async || {
            // What no notification tells is found by looking.
            let family = Family::open(&client).await;
            assert_eq!(client.logout(family.access()).await.status, 204);
            let since = readings(&b).await;
            assert_enforced_in_time(&b, &family, since).await;
            let all = listeners(&env);
            all.iter().any(|pid| !known.contains(pid)).then_some(())
        })
        .await;
        assert_eq!(b.client().get("/health/ready").await.status, 200, "after {} silences", round + 1);
    }
}

/// An entry that has its number and is not committed yet. Its writer's clock is five minutes behind.
async fn late_entry(env: &Env, family: &Family) -> PgConnection {
    let mut connection = PgConnection::connect(env.database_url()).await.expect("the database");
    let insert = format!(
        "BEGIN; INSERT INTO revocations (family_id, revoked_at, reason) \
         SELECT '{}', (extract(epoch FROM clock_timestamp()) * 1000000)::int8 - 300000000, 'logout'",
        family.id
    );
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut connection).await.expect("an entry");
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_is_committed_after_later_ones_is_missed_by_no_node() {
    let env = Env::new(Backend::Postgres).await;
    let nodes = [env.node(&[]).await, env.node(&[]).await];
    let client = nodes[0].client();
    let late = Family::open(&client).await;
    let mut entry = late_entry(&env, &late).await;
    for _ in 0..3 {
        let later = Family::open(&client).await;
        assert_eq!(client.logout(later.access()).await.status, 204);
        let since = readings(&nodes[1]).await;
        assert_enforced_in_time(&nodes[1], &later, since).await;
        assert!(!is_enforced(&nodes[1].client(), &late).await, "it is not committed");
    }
    // Nothing tells the nodes of it.
    sqlx::raw_sql("COMMIT").execute(&mut entry).await.expect("the commit");
    let since = [readings(&nodes[0]).await, readings(&nodes[1]).await];
    for (node, since) in nodes.iter().zip(since) {
        assert_enforced_in_time(node, &late, since).await;
    }
}

/// What a failover does that loses the last commits: the end of this session, and the numbers since.
fn lose_end_of(env: &Env, family: &Family) {
    let statements = format!(
        "DELETE FROM revocations WHERE family_id = '{id}'; \
         UPDATE session_families SET revoked_at = NULL, revoke_reason = NULL WHERE id = '{id}'; \
         SELECT setval(pg_get_serial_sequence('revocations', 'seq'), (SELECT max(seq) FROM revocations))",
        id = family.id
    );
    sql(env, &statements);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_set_back_gets_back_what_the_nodes_know() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let client = a.client();
    let (kept, lost) = (Family::open(&client).await, Family::open(&client).await);
    for family in [&kept, &lost] {
        assert_eq!(client.logout(family.access()).await.status, 204);
        let since = readings(&b).await;
        assert_enforced_in_time(&b, family, since).await;
    }
    // The node has read what itself has written.
    let since = readings(&a).await;
    eventually("the node reads its log", async || (readings(&a).await >= since + READINGS).then_some(()))
        .await;

    lose_end_of(&env, &lost);
    let revoked = format!("session_families WHERE id = '{}' AND revoked_at IS NOT NULL", lost.id);
    eventually("the end is written again", async || (count(&env, &revoked) == 1).then_some(())).await;
    for node in [&a, &b] {
        eventually("the node has noticed", async || {
            (metric(node, "auth_revocation_feed_resets_total", &[]).await == 1.0).then_some(())
        })
        .await;
        let refused = node.client().refresh(lost.live(), None).await;
        refused.assert_problem(401, "session_revoked");
        assert!(is_enforced(&node.client(), &kept).await);
    }
    assert!(metric(&a, WRITTEN, &[]).await + metric(&b, WRITTEN, &[]).await >= 1.0);

    // New ends reach the other node, although their numbers were in use before.
    for _ in 0..3 {
        let next = Family::open(&client).await;
        assert_eq!(client.logout(next.access()).await.status, 204);
        let since = readings(&b).await;
        assert_enforced_in_time(&b, &next, since).await;
    }
}
