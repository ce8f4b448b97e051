//! The log of a server that runs: more or less of it by signals, and lines about what is slow.

use macro_rules_attribute::apply;
use rustix::process::Signal;

use crate::faults::locked::{PATIENT, commit_waits};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::process::Node;
use crate::support::stall::Stall;

/// How many refreshes have been logged.
fn refreshes(node: &Node) -> usize {
    node.logs().lines().filter(|line| line.contains("/api/v1/auth/refresh")).count()
}

#[tokio::test]
async fn signals_change_the_level_and_change_it_back() {
    let env = Env::new(Backend::Sqlite).await;
    let mut node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let first = client.refresh(&user.refresh, None).await.refresh_token();
    assert_eq!(refreshes(&node), 0, "routine is not logged");

    node.signal(Signal::USR1);
    node.logged("the log level was changed by a signal").await;
    let second = client.refresh(&first, None).await.refresh_token();
    eventually("a refresh is logged", async || (refreshes(&node) == 1).then_some(())).await;

    node.signal(Signal::USR2);
    node.logged("that of telemetry.log_level").await;
    client.refresh(&second, None).await.assert_status(200);
    assert!(node.terminate().success());
    assert_eq!(refreshes(&node), 1, "{}", node.logs());
}

#[apply(on_both_databases)]
async fn what_is_slow_has_lines_of_its_own(env: Env) {
    let slow = [("KINDRED_TELEMETRY__SLOW_REQUEST", "1ms"), ("KINDRED_DATABASE__SLOW_STATEMENT", "1ms")];
    let mut node = env.node(&[slow, PATIENT].concat()).await;
    let client = node.client();
    let user = client.signed_in().await;
    // The refresh waits for a lock, and so takes longer than a millisecond for certain.
    let stall = Stall::writes(&env).await;
    let refresh = {
        let (client, token) = (client.clone(), user.refresh.clone());
        tokio::spawn(async move { client.refresh(&token, None).await })
    };
    commit_waits(&node).await;
    stall.release().await;
    refresh.await.expect("an answer").assert_status(200);
    assert!(node.terminate().success());
    let logs = node.logs();
    let slow: Vec<&str> = logs.lines().filter(|line| line.contains("slow request")).collect();
    assert!(slow.iter().any(|line| line.contains("/api/v1/auth/refresh")), "{logs}");
    // SQLite waits for the lock when a transaction begins, which is no statement of the driver's.
    if env.backend() == Backend::Postgres {
        let statement = logs.lines().find(|line| line.contains("slow statement")).expect("a slow statement");
        assert!(!statement.contains(&user.session_id), "no values: {statement}");
    }
}
