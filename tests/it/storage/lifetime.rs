//! `database.max_lifetime`: a connection that outlives a failover leads to the former primary, so none may live for long.

use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::sql::rows;

const OWN: &str = "SELECT pid FROM pg_stat_activity \
                   WHERE datname = current_database() AND application_name = 'kindred'";

/// Those of requests, of the journal with the one that rotates, and the one that listens for revocations.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_connection_is_replaced_in_time() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[("KINDRED_DATABASE__MAX_LIFETIME", "1s")]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    let first = rows(&env, OWN);
    assert!(first.len() >= 3, "{first:?}");
    eventually("all of them are gone", async || {
        // Also a connection that is in use all the time must go.
        family.rotate(&client).await;
        let left = rows(&env, OWN);
        first.iter().all(|pid| !left.contains(pid)).then_some(())
    })
    .await;
    assert!(!rows(&env, OWN).is_empty(), "others have taken their place");
}
