//! Hashing is bounded: what it cannot take is refused at once, and everything else goes on.

use tokio::task::JoinHandle;

use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, unique_email};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// One hash takes a second or more on one thread, and one more may wait.
const SLOW: &[(&str, &str)] = &[
    ("KINDRED_PASSWORD__MEMORY_KIB", "65536"),
    ("KINDRED_PASSWORD__ITERATIONS", "25"),
    ("KINDRED_PASSWORD__THREADS", "1"),
    ("KINDRED_PASSWORD__QUEUE", "1"),
];

/// As often as it takes a busy machine to be quick for once.
const TRIES: usize = 10;

type Login = JoinHandle<Reply>;

/// Logins of strangers, more than there is room for, of which one at least has been refused.
async fn flood(node: &Node) -> Vec<Login> {
    let rejected = async || metric(node, "auth_password_hash_rejected_total", &[]).await;
    let before = rejected().await;
    let logins = (0..6).map(|_| {
        let client = node.client();
        tokio::spawn(async move { client.login(&unique_email(), "wrong horse").await })
    });
    let logins = logins.collect();
    eventually("a login is refused", async || (rejected().await > before).then_some(())).await;
    logins
}

async fn statuses(logins: Vec<Login>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for login in logins {
        let reply = login.await.expect("an answer");
        if reply.status == 503 {
            reply.assert_problem(503, "overloaded");
            assert_eq!(reply.header("retry-after"), Some("1"));
            assert_eq!(reply.body["retry_after"], 1);
        }
        statuses.push(reply.status);
    }
    assert!(statuses.iter().all(|status| [401, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&401) && statuses.contains(&503), "{statuses:?}");
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_logins_and_nothing_else() {
    let env = Env::new(Backend::Sqlite).await;
    let mut quick = env.node(&[]).await;
    let user = quick.client().signed_in().await;
    quick.kill_9();

    let node = env.node(SLOW).await;
    let client = node.client();
    let (mut token, mut refused, mut tries) = (user.refresh, 0, 0);
    loop {
        let logins = flood(&node).await;
        assert_eq!(client.verify(&user.access).await.status, 204);
        let refreshed = client.refresh(&token, None).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        token = refreshed.refresh_token();
        // Then the thread was busy all the while.
        let is_under_way = logins.iter().any(|login| !login.is_finished());
        refused += statuses(logins).await.iter().filter(|status| **status == 503).count();
        if is_under_way {
            break;
        }
        tries += 1;
        assert!(tries < TRIES, "a refresh took as long as the hashes {TRIES} times");
    }
    let failures = metric(&node, "auth_login_fail_total", &[("reason", "overloaded")]).await;
    assert_eq!(failures, refused as f64);
    assert_eq!(failures, metric(&node, "auth_password_hash_rejected_total", &[]).await);
    assert_eq!(metric(&node, "auth_password_hash_queue_depth", &[]).await, 0.0);
}

#[tokio::test]
async fn a_long_password_costs_no_hash() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let megabyte = "x".repeat(1 << 20);
    client.login("ada@example.com", &megabyte).await.assert_problem(413, "payload_too_large");
    client.register("ada@example.com", &megabyte).await.assert_problem(413, "payload_too_large");
    assert_eq!(metric(&node, "auth_password_hash_duration_seconds_count", &[]).await, 0.0);
}
