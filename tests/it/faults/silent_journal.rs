//! The connections of the journal are open before the first request, and a node whose journal is not answered is not ready,
//! however well the connections of requests are. However often that happens, refreshes heal.

use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::process::Node;
use crate::support::sql::count;

const JOURNAL: &str = "kindred journal";
/// Each silent connection of the pool is waited for so long.
const IMPATIENT: (&str, &str) = ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "2s");
const VERY_IMPATIENT: [(&str, &str); 2] =
    [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "500ms"), ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")];
/// So many connections that rotate may wait for the server.
const LEFT_BEHIND: usize = 4;

async fn becomes_ready(client: &Client) {
    eventually("the node is ready", async || (client.get("/health/ready").await.status == 200).then_some(()))
        .await;
}

/// Spends the live token, in one attempt that is repeated.
async fn refreshes_heal(client: &Client, family: &mut Family, attempt: &str) {
    let refreshed = eventually("refreshes heal", async || {
        let reply = client.refresh(family.live(), Some(attempt)).await;
        if reply.status != 200 {
            reply.assert_problem(503, "unavailable");
        }
        (reply.status == 200).then_some(reply)
    })
    .await;
    family.take(&refreshed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_without_answers_is_no_readiness_and_heals() {
    let env = Env::new(Backend::Postgres).await;
    let (proxy, through) = ChaosProxy::before(env.database_url()).await;
    let mut setup = env.setup(&[IMPATIENT]);
    setup.database_url = through;
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let open =
        format!("pg_stat_activity WHERE datname = current_database() AND application_name = '{JOURNAL}'");
    assert_eq!(count(&env, &open), 4, "no one has asked for anything yet");
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    becomes_ready(&client).await;

    proxy.silence(JOURNAL);
    let login = client.login(&family.email, PASSWORD).await;
    assert_eq!(login.status, 200, "what needs no journal goes on: {login:?}");
    eventually("the node is not ready", async || {
        node.logs().contains("the database cannot be written; not ready").then_some(())
    })
    .await;
    refreshes_heal(&client, &mut family, "the-key-of-this-attempt").await;
    becomes_ready(&client).await;
    family.assert_lives(&client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshes_heal_more_often_than_connections_may_be_left_behind() {
    let env = Env::new(Backend::Postgres).await;
    let (proxy, through) = ChaosProxy::before(env.database_url()).await;
    let mut setup = env.setup(&VERY_IMPATIENT);
    setup.database_url = through;
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let client = node.client();
    let mut family = Family::open(&client).await;
    for round in 0..=LEFT_BEHIND {
        // What was used just now is not asked whether it lives, and is left behind.
        refreshes_heal(&client, &mut family, &format!("the-key-before-silence-{round}")).await;
        proxy.silence(JOURNAL);
        refreshes_heal(&client, &mut family, &format!("the-key-after-silence-{round}")).await;
    }
}
