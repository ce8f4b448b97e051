//! Gauges of what all nodes share: one node computes them, another one after it, and each of them apart from the others.

use kindred::clock::{Clock, SystemClock};

use crate::mfa::scene::Enrolled;
use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::sql;

const ACCOUNTS: &str = "auth_users";
const FACTORS: &str = "auth_mfa_enrolled_users";
const SESSIONS: &str = "auth_sessions_active";
const PROTECTED: &str = "auth_users_with_second_factor";

/// Whether the node has this series at all.
async fn tells(node: &Node, gauge: &str) -> bool {
    let page = Client::new(node.ops_url()).get("/metrics").await;
    let page = page.body.as_str().expect("text");
    page.lines().any(|line| line.strip_prefix(gauge).is_some_and(|rest| rest.starts_with(['{', ' '])))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_computes_them_and_one_that_fails_holds_up_no_other() {
    let env = Env::new(Backend::Postgres).await;
    let first = env.node(&[]).await;
    eventually("the first node computes them", async || tells(&first, PROTECTED).await.then_some(())).await;
    let other = env.node(&[]).await;
    Enrolled::new(&other.client(), SystemClock.now().unix_seconds()).await;
    let turns = async || {
        let turn = [("job", "shared_gauges")];
        metric(&other, "auth_job_duration_seconds_count", &turn).await
    };
    eventually("the other node had its turn", async || (turns().await >= 1.0).then_some(())).await;
    for gauge in [ACCOUNTS, FACTORS, SESSIONS, PROTECTED] {
        assert!(tells(&first, gauge).await, "{gauge}");
        assert!(!tells(&other, gauge).await, "{gauge}");
    }

    drop(first);
    // In the middle of them, factors cannot be counted.
    sql(
        &env,
        "ALTER TABLE backup_codes RENAME TO hidden; UPDATE leases SET expires_at = 1 WHERE name = 'gauges'",
    );
    eventually("the other node follows", async || {
        let (sessions, protected) =
            (metric(&other, SESSIONS, &[]).await, metric(&other, PROTECTED, &[]).await);
        (sessions == 1.0 && protected == 1.0).then_some(())
    })
    .await;
    assert_eq!(metric(&other, ACCOUNTS, &[("status", "active")]).await, 1.0);
    assert!(!tells(&other, FACTORS).await);
    let told = async || other.logs().contains("a background job failed").then_some(());
    eventually("the failure is told", told).await;
}
