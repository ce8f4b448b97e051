//! Two nodes on one PostgreSQL: what happens at one counts at the other.

use std::pin::Pin;

use rustix::process::Signal;
use tokio::task::block_in_place;

use crate::faults::lock::{Lock, are_waited_for};
use crate::faults::locked::PATIENT;
use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, Reply};
use crate::support::eventually::eventually;
use crate::support::faketime::off_by;
use crate::support::family::{Family, LONG_RACE, NO_RACE};
use crate::support::metrics::metric;
use crate::support::process::{Node, Setup};
use crate::support::sql::{count, sql};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_may_go_to_another_node_with_each_refresh() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let clients = [a.client(), b.client()];
    let mut family = Family::open(&clients[0]).await;
    // Runs of different lengths, so that each node falls one and several generations behind.
    for at in [0, 1, 0, 1, 1, 0, 0, 0, 1, 0] {
        family.rotate(&clients[at]).await;
        for client in &clients {
            assert_eq!(client.verify(family.access()).await.status, 204);
        }
    }
    for node in [&a, &b] {
        let ended = metric(node, "auth_sessions_ended_total", &[("reason", "regressed")]).await;
        assert_eq!(ended, 0.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_fell_behind_tells_races_and_reuse_by_what_the_database_says() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[LONG_RACE]).await, env.node(&[LONG_RACE]).await);
    let (a, b) = (a.client(), b.client());
    let mut family = Family::open(&a).await;
    family.rotate(&a).await;
    // The second node reads the rotations that it did not see: they were a moment ago.
    for _ in 0..2 {
        let raced = b.refresh(&family.refresh[0], None).await;
        raced.assert_problem(409, "refresh_in_flight");
        assert_eq!(raced.header("retry-after"), Some("1"));
        let left = raced.body["retry_until"].as_u64().expect("seconds");
        assert!((1..=60).contains(&left), "{left}");
        family.rotate(&a).await;
    }
    // Three generations are no race, although the second node remembers fewer.
    let replayed = b.refresh(&family.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&b).await;
}

/// Minutes apart: moments are the database's, so the nodes agree on what is a race and what is reuse.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_are_minutes_apart_make_no_thief_and_hide_none() {
    let env = Env::new(Backend::Postgres).await;
    let nodes = [node_off_by(&env, 300).await, node_off_by(&env, -300).await];
    let clients = nodes.each_ref().map(|node| node.client());
    for (node, client) in nodes.iter().zip(&clients) {
        // They answer, but a balancer should use others.
        client.get("/health/ready").await.assert_problem(503, "unavailable");
        assert_eq!(client.get("/health/live").await.status, 200);
        let offset = metric(node, "auth_clock_offset_seconds", &[]).await;
        assert!((offset.abs() - 300.0).abs() < 60.0, "{offset}");
    }
    for round in 0..4 {
        let (one, two) = (&clients[round % 2], &clients[(round + 1) % 2]);
        let mut family = Family::open(one).await;
        family.rotate(one).await;
        two.refresh(&family.refresh[0], None).await.assert_problem(409, "refresh_in_flight");
        assert_eq!(two.verify(family.access()).await.status, 204, "tokens of one are good at the other");
        family.rotate(two).await;
        one.refresh(&family.refresh[1], None).await.assert_problem(409, "refresh_in_flight");
        family.age(&env, NO_RACE);
        one.refresh(&family.refresh[1], None).await.assert_problem(401, "refresh_token_reused");
        let knows = async || (two.verify(family.access()).await.status == 401).then_some(());
        eventually("the other node has learnt of it", knows).await;
        family.assert_ended(two).await;
    }
}

async fn node_off_by(env: &Env, seconds: i64) -> Node {
    let environment = off_by(seconds);
    let pairs: Vec<_> = environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    env.node(&pairs).await
}

/// Two nodes that have read one token as the live one, and wait for the same row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_held_makes_no_thief_at_the_other_node() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&PATIENT).await, env.node(&PATIENT).await);
    let (a, b) = (a.client(), b.client());
    let mut family = Family::open(&a).await;
    let lock = Lock::session(&env, &family.id).await;
    let refreshes = [&a, &b].map(|client| {
        let (client, token) = (client.clone(), family.live().to_owned());
        tokio::spawn(async move { client.refresh(&token, None).await })
    });
    are_waited_for(&env, 2).await;
    lock.release().await;
    let [one, two] = refreshes;
    let (one, two) = (one.await.expect("no panic"), two.await.expect("no panic"));
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    family.take(&won);
    lost.assert_problem(409, "refresh_in_flight");
    family.assert_lives(&b).await;
}

/// F-20: a node is stopped between its commit and its answer, and goes on when another one has answered for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_paused_past_its_turn_gives_the_same_answer() {
    const KEY: Option<&str> = Some("the-key-of-this-attempt");
    // Longer than the journal waits for a lock: the write that is committed alone.
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                           AND wait_event_type = 'Lock' \
                           AND clock_timestamp() - query_start > interval '300 milliseconds'";
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&PATIENT).await);
    let (at_a, at_b) = (a.client(), b.client());
    let mut family = Family::open(&at_a).await;
    family.rotate(&at_b).await;
    let lock = Lock::session(&env, &family.id).await;
    let (client, token) = (at_b.clone(), family.live().to_owned());
    let paused = tokio::spawn(async move { client.refresh(&token, KEY).await });
    eventually("the write waits", async || (sql(&env, WAITING) == "1").then_some(())).await;
    b.signal(Signal::STOP);
    lock.release().await;
    let rotated = format!("session_families WHERE id = '{}' AND generation = 3", family.id);
    eventually("it is committed", async || (count(&env, &rotated) == 1).then_some(())).await;
    let repeated = at_a.refresh(family.live(), KEY).await;
    assert_eq!(repeated.status, 200, "{repeated:?}");
    b.signal(Signal::CONT);
    let late = paused.await.expect("no panic");
    assert_eq!((late.status, late.refresh_token()), (200, repeated.refresh_token()), "{late:?}");
    family.take(&repeated);
    family.assert_lives(&at_b).await;
    family.assert_lives(&at_a).await;
}

/// Far beyond the time between two looks at what has ended.
const STALE_AFTER: &[(&str, &str)] =
    &[("KINDRED_REVOCATION__POLL_INTERVAL", "100ms"), ("KINDRED_REVOCATION__MAX_STALENESS", "5s")];

/// What ends a session at one node: its name, and how.
type Ending = (&'static str, for<'a> fn(&'a Client, &'a Family, &'a Family) -> EndingReply<'a>);
type EndingReply<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

const ENDINGS: &[Ending] = &[
    ("logout", |node, family, _| Box::pin(node.logout(family.access()))),
    ("logout-all", |node, _, sibling| Box::pin(node.logout_all(sibling.access()))),
    ("end from the list", |node, family, sibling| {
        Box::pin(node.delete_session(sibling.access(), &family.id))
    }),
    ("end of all others", |node, _, sibling| Box::pin(node.delete_other_sessions(sibling.access()))),
    ("replay", |node, family, _| Box::pin(node.refresh(&family.refresh[0], None))),
];

/// Access tokens of the session are no longer accepted: the node learns by itself what has ended.
async fn assert_enforced(client: &Client, family: &Family, what: &str) {
    for access in &family.access {
        eventually(what, async || (client.verify(access).await.code() == "session_revoked").then_some(()))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_at_one_node_ends_at_the_other() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let (a, b) = (a.client(), b.client());
    for (what, end) in ENDINGS {
        let mut family = Family::open(&a).await;
        let sibling = family.sibling(&a).await;
        family.rotate(&a).await;
        family.rotate(&a).await;
        // From here on the other node has the session in its memory, and has accepted its tokens.
        family.rotate(&b).await;
        for access in &family.access {
            assert_eq!(b.verify(access).await.status, 204, "{what}");
        }
        let ended = end(&a, &family, &sibling).await;
        assert!(ended.status < 300 || *what == "replay", "{what}: {ended:?}");
        b.refresh(family.live(), None).await.assert_problem(401, "session_revoked");
        assert_enforced(&b, &family, what).await;
        family.assert_ended(&a).await;
        family.assert_ended(&b).await;
    }
}

/// A node that reaches the database through a proxy.
async fn node_behind_proxy(env: &Env, environment: &[(&str, &str)]) -> (Node, ChaosProxy) {
    let (proxy, database_url) = ChaosProxy::before(env.database_url()).await;
    let setup = Setup { database_url, ..env.setup(environment) };
    (block_in_place(|| Node::start(setup)), proxy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_catches_up() {
    let env = Env::new(Backend::Postgres).await;
    let a = env.node(&[]).await;
    let (b, proxy) = node_behind_proxy(&env, &[]).await;
    let (a, b) = (a.client(), b.client());
    let lives = Family::open(&a).await;
    for (what, end) in ENDINGS {
        let mut family = Family::open(&a).await;
        let sibling = family.sibling(&a).await;
        for _ in 0..3 {
            family.rotate(&a).await;
        }
        assert_eq!(b.verify(family.access()).await.status, 204);
        proxy.cut();
        end(&a, &family, &sibling).await;
        assert_eq!(b.verify(family.access()).await.status, 204, "{what}: it cannot know");
        proxy.restore();
        assert_enforced(&b, &family, what).await;
        family.assert_ended(&a).await;
    }
    // The first who uses a connection that broke notices it, and a client tries again with its key.
    eventually("a session that lives goes on", async || {
        let reply = b.refresh(lives.live(), Some("the-key-of-this-attempt")).await;
        (reply.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_cannot_know_what_has_ended_accepts_nothing() {
    let env = Env::new(Backend::Postgres).await;
    let (node, proxy) = node_behind_proxy(&env, STALE_AFTER).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    assert_eq!(client.verify(family.access()).await.status, 204);
    proxy.cut();
    let refused = eventually("the node knows that it knows nothing", async || {
        let reply = client.verify(family.access()).await;
        (reply.status != 204).then_some(reply)
    });
    refused.await.assert_problem(503, "unavailable");
    let refused = client.refresh(family.live(), None).await;
    refused.assert_problem(503, "unavailable");
    proxy.restore();
    eventually("the node has caught up", async || {
        (client.verify(family.access()).await.status == 204).then_some(())
    })
    .await;
    family.assert_lives(&client).await;
}
