//! Limits by network that nodes share in Redis, and what becomes of them while Redis is away.

use futures_util::StreamExt;
use futures_util::stream;
use rustix::process::Signal;

use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::redis::Redis;
use crate::throttle::visitor::{LIMITED, Visitor};

/// The burst of failures of one network.
const BURST: usize = 60;
/// What may come back while the guesses are made: one every two seconds at each node.
const MEANWHILE: usize = 20;

#[track_caller]
fn assert_limited((evaluated, refused): (usize, usize), limit: usize) {
    assert!((limit..=limit + MEANWHILE).contains(&evaluated), "{evaluated} evaluated, {refused} refused");
}
/// Slow enough that nothing is refilled while a test runs.
const SLOW: (&str, &str) = ("KINDRED_THROTTLE__LOGIN_PER_MINUTE", "1");
/// A busy machine may take longer than the default.
const PATIENT: (&str, &str) = ("KINDRED_REDIS__TIMEOUT", "1s");
const ROOM: (&str, &str) = ("KINDRED_PASSWORD__QUEUE", "1000");

/// Two nodes that share their limits.
async fn pair(env: &Env, redis: &Redis) -> [Node; 2] {
    let url = redis.url();
    let settings = [LIMITED, &[SLOW, ROOM, ("KINDRED_REDIS__URL", url.as_str()), PATIENT]].concat();
    [env.node(&settings).await, env.node(&settings).await]
}

/// Guesses from one address, 50 at a time, at the nodes in turn; gives how many were evaluated and how many refused.
async fn guesses(nodes: &[Node; 2], address: &str, count: usize) -> (usize, usize) {
    let visitors = [&nodes[0], &nodes[1]].map(|node| Visitor::new(&node.client(), address));
    let guesses = stream::iter(0..count).map(async |number| visitors[number % 2].guess().await.status);
    let statuses: Vec<u16> = guesses.buffer_unordered(50).collect().await;
    let number_of = |status| statuses.iter().filter(|other| **other == status).count();
    let (evaluated, refused) = (number_of(401), number_of(403));
    assert_eq!(evaluated + refused, count, "{statuses:?}");
    (evaluated, refused)
}

async fn wait_for_redis(node: &Node, up: f64) {
    eventually("the state of Redis is noticed", async || {
        (metric(node, "auth_redis_up", &[]).await == up).then_some(())
    })
    .await;
}

/// Waits until the node's health report, which is made once a second, tells this status of the component `redis`. The
/// status of the whole is good all the time.
async fn wait_for_report(node: &Node, status: &str) {
    eventually("the report tells of Redis", async || {
        let (whole, redis) = reported(node).await;
        assert_eq!(whole, 200, "the node does its work without Redis");
        (redis == status).then_some(())
    })
    .await;
}

async fn reported(node: &Node) -> (u16, String) {
    let report = Client::new(node.ops_url()).get("/health").await;
    let components = report.body["components"].as_array().expect("components").clone();
    let redis = components.iter().find(|component| component["name"] == "redis").expect("a component");
    (report.status, redis["status"].as_str().expect("a status").to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_guesses_at_two_nodes_are_as_many_as_one_limit_allows() {
    let env = Env::new(Backend::Postgres).await;
    let redis = Redis::start();
    let nodes = pair(&env, &redis).await;
    wait_for_report(&nodes[0], "ok").await;
    assert_limited(guesses(&nodes, "192.0.2.7", 300).await, BURST);
    // Both know how much is left, and each key ends by itself.
    for node in &nodes {
        let refused = Visitor::new(&node.client(), "192.0.2.7").guess().await;
        assert!(
            refused.header("ratelimit").is_some_and(|state| state.starts_with("\"login\";r=0")),
            "{refused:?}"
        );
    }
    let keys = redis.ask("KEYS *");
    for key in ["kindred:throttle:login:192.0.2.7", "kindred:throttle:login_hard:192.0.2.7"] {
        assert!(keys.contains(key), "{keys}");
        assert!(!redis.ask(&format!("PTTL {key}")).contains(":-"), "{key}");
    }
    assert_limited(guesses(&nodes, "2001:db8::7", 70).await, BURST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_logins_use_nothing_up() {
    let env = Env::new(Backend::Postgres).await;
    let redis = Redis::start();
    let nodes = pair(&env, &redis).await;
    let user = nodes[0].client().signed_in().await;
    for number in 0..40 {
        let school = Visitor::new(&nodes[number % 2].client(), "192.0.2.7");
        school.login(&user.email, crate::support::client::PASSWORD).await.assert_status(200);
    }
    assert!(redis.ask("KEYS *").starts_with("*0"), "{}", redis.ask("KEYS *"));
    assert_limited(guesses(&nodes, "192.0.2.7", 100).await, BURST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_redis_is_passed_over_and_joins_again() {
    let env = Env::new(Backend::Postgres).await;
    let redis = Redis::start();
    let nodes = pair(&env, &redis).await;
    redis.signal(Signal::STOP);
    // Under load: each request is answered, and each node counts by itself.
    assert_limited(guesses(&nodes, "192.0.2.7", 300).await, 2 * BURST);
    for node in &nodes {
        wait_for_redis(node, 0.0).await;
        wait_for_report(node, "degraded").await;
        assert!(node.logs().contains("Redis does not answer"), "{}", node.logs());
    }
    redis.signal(Signal::CONT);
    for node in &nodes {
        wait_for_redis(node, 1.0).await;
        wait_for_report(node, "ok").await;
        eventually("a line in the log", async || node.logs().contains("Redis answers").then_some(())).await;
    }
    assert_limited(guesses(&nodes, "192.0.2.8", 150).await, BURST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_be_killed_and_restored_under_load() {
    let env = Env::new(Backend::Postgres).await;
    let mut redis = Redis::start();
    let nodes = pair(&env, &redis).await;
    let (evaluated, ()) = tokio::join!(guesses(&nodes, "192.0.2.7", 400), async {
        eventually("guesses are counted", async || redis.ask("KEYS *").contains("login").then_some(())).await;
        tokio::task::block_in_place(|| redis.kill());
    });
    // What the nodes have counted together is known to each of them; none begins at zero.
    assert!((BURST..=2 * BURST + MEANWHILE).contains(&evaluated.0), "{evaluated:?}");
    for node in &nodes {
        wait_for_redis(node, 0.0).await;
    }
    // It comes back empty under load: what the nodes have counted by themselves, and then a limit that they share.
    let (evaluated, ()) = tokio::join!(guesses(&nodes, "192.0.2.9", 400), async {
        tokio::task::block_in_place(|| redis.restart());
    });
    assert!((BURST..=3 * BURST + MEANWHILE).contains(&evaluated.0), "{evaluated:?}");
    for node in &nodes {
        wait_for_redis(node, 1.0).await;
    }
    assert_limited(guesses(&nodes, "192.0.2.8", 150).await, BURST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_without_redis_and_finds_it_later() {
    let env = Env::new(Backend::Sqlite).await;
    let mut redis = Redis::start();
    tokio::task::block_in_place(|| redis.kill());
    let url = redis.url();
    let node = env.node(&[LIMITED, &[("KINDRED_REDIS__URL", url.as_str())]].concat()).await;
    wait_for_report(&node, "degraded").await;
    assert!(node.logs().contains("cannot reach Redis"), "{}", node.logs());
    tokio::task::block_in_place(|| redis.restart());
    wait_for_redis(&node, 1.0).await;
    let findings = node.try_run(&["doctor"]).stdout;
    let findings = String::from_utf8_lossy(&findings);
    let line = findings.lines().find(|line| line.starts_with("redis ")).expect("a finding");
    assert!(line.starts_with("redis         ok ") && line.contains("answered in"), "{line}");
}
