//! SQLite is told to survive a power cut: with `synchronous=NORMAL`, acknowledged commits would not.

use kindred::config::Config;
use kindred::store::Store;
use kindred::telemetry::metrics::Metrics;

use crate::support::backend::{Backend, Env};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_the_store_are_durable() {
    let env = Env::new(Backend::Sqlite).await;
    let environment = [
        ("KINDRED_DATABASE__URL".to_owned(), env.database_url().to_owned()),
        ("KINDRED_DATABASE__STATEMENT_TIMEOUT".to_owned(), "1234ms".to_owned()),
    ];
    let config = Config::from_sources(None, environment).expect("a valid configuration");
    let store = Store::connect(
        &config.database,
        Metrics::new().expect("metrics"),
        std::sync::Arc::new(kindred::clock::SystemClock),
    )
    .await
    .expect("a new database");
    for pragmas in store.sqlite_pragmas().await.expect("SQLite answers") {
        assert_eq!(pragmas.journal_mode, "wal");
        assert_eq!(pragmas.synchronous, 2, "FULL");
        assert!(pragmas.foreign_keys && pragmas.secure_delete);
        assert_eq!(pragmas.busy_timeout_millis, 1234);
    }
    store.close().await;
}
