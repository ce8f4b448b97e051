//! The connections of the journal: all of them are open before the first request, and all of them are what readiness
//! depends on.

use std::sync::Arc;

use kindred::clock::SystemClock;
use kindred::config::Config;
use kindred::store::Store;
use kindred::telemetry::metrics::Metrics;

use crate::support::backend::{Backend, Env};
use crate::support::sql::{count, sql};

/// The one that rotates, and the pool of the others.
const ALL: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_opened_at_once_and_each_is_probed() {
    let env = Env::new(Backend::Postgres).await;
    let url = ("KINDRED_DATABASE__URL".to_owned(), env.database_url().to_owned());
    let config = Config::from_sources(None, [url]).expect("a valid configuration");
    let metrics = Metrics::new().expect("metrics");
    let store =
        Store::connect(&config.database, metrics, Arc::new(SystemClock)).await.expect("the database answers");
    let open = "pg_stat_activity WHERE datname = current_database() AND application_name = 'kindred journal'";
    assert_eq!(count(&env, open), ALL, "nothing has been asked for yet");
    store.migrate_up().await.expect("it is migrated");

    let begun = sql(&env, "SELECT clock_timestamp()");
    store.probe().await;
    let probe = store.last_probe().expect("a result");
    assert!(probe.is_good(), "{probe:?}");
    assert_eq!(count(&env, &format!("{open} AND query_start > '{}'", begun.trim())), ALL, "since {begun}");
    store.close().await;
}
