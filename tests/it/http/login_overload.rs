//! Hashing is bounded: what it cannot take is refused at once, and everything else goes on.

use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

/// One hash takes a second or more on one thread, and one more may wait.
const SLOW: &[(&str, &str)] = &[
    ("KINDRED_PASSWORD__MEMORY_KIB", "65536"),
    ("KINDRED_PASSWORD__ITERATIONS", "25"),
    ("KINDRED_PASSWORD__THREADS", "1"),
    ("KINDRED_PASSWORD__QUEUE", "1"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_logins_and_nothing_else() {
    let env = Env::new(Backend::Sqlite).await;
    let mut quick = env.node(&[]).await;
    let user = quick.client().signed_in().await;
    quick.kill_9();

    let node = env.node(SLOW).await;
    let client = node.client();
    let logins: Vec<_> = (0..6)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.login("nobody@example.com", "wrong horse").await })
        })
        .collect();
    eventually("a login is refused", async || {
        (metric(&node, "auth_password_hash_rejected_total", &[]).await > 0.0).then_some(())
    })
    .await;
    assert_eq!(client.verify(&user.access).await.status, 204);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
    assert!(logins.iter().any(|login| !login.is_finished()), "the thread is busy all the while");

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
    statuses.sort_unstable();
    assert!(statuses.iter().all(|status| [401, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&401) && statuses.contains(&503), "{statuses:?}");
    let failures = metric(&node, "auth_login_fail_total", &[("reason", "overloaded")]).await;
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
