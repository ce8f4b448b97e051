//! The database: whether it is there, has the right schema, and can be written as the server does for its own health.

use std::sync::Arc;
use std::time::Duration;

use super::finding::{Check, Finding};
use crate::boot::World;
use crate::config::Config;
use crate::store::database::migrate::Compatibility;
use crate::store::{ConnectError, Store};
use crate::telemetry::metrics::Metrics;

const CHECK: Check = Check::Database;
/// A write that takes longer makes every login and refresh slow.
const SLOW: Duration = Duration::from_millis(500);

/// The database, if its schema is one that this program works with. A file that does not exist is not created.
pub(super) async fn check(
    config: &Config,
    world: &World,
    metrics: &Metrics,
) -> (Option<Arc<Store>>, Finding) {
    if let Some(file) = config.database.url.file().filter(|file| !file.exists()) {
        let advice = "The first start of the server creates it, and so does `kindred migrate up`. If there should be \
                      one, check `database.url` and `data_dir`.";
        return (None, CHECK.warning(format!("{} does not exist", file.display()), advice));
    }
    match Store::connect(&config.database, metrics.clone(), Arc::clone(&world.clock)).await {
        Ok(store) => examine(config, Arc::new(store)).await,
        Err(error) => (None, CHECK.failed(error.to_string(), advice(&error))),
    }
}

const fn advice(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Folder(_) | ConnectError::File { .. } => {
            "Check that the user of the server may read and write the file and its folder."
        }
        ConnectError::Server(_) | ConnectError::Database(_) => {
            "Check that PostgreSQL runs, that this machine may reach it, and the user, the password, the name of the \
             database and `sslmode` in `database.url`."
        }
    }
}

async fn examine(config: &Config, store: Arc<Store>) -> (Option<Arc<Store>>, Finding) {
    let schema = match store.schema().await {
        Ok(schema) => schema.compatibility(),
        Err(error) => {
            return (None, CHECK.failed(error.to_string(), "Check the rights of the database's user."));
        }
    };
    match schema {
        Compatibility::Compatible => {
            let finding = written(&store).await;
            (Some(store), finding)
        }
        Compatibility::Behind(pending) => {
            let message = format!("{pending} migration(s) have not been applied");
            let finding = if config.database.auto_migrate {
                CHECK.warning(
                    message,
                    "The next start of the server applies them, and so does `kindred migrate up`.",
                )
            } else {
                CHECK.failed(message, "Run `kindred migrate up`; the server does not start before.")
            };
            (None, finding)
        }
        Compatibility::TooNew { version, .. } => {
            let message =
                format!("its schema was made by a newer version; this program has schema version {version}");
            (
                None,
                CHECK
                    .failed(message, "Use the newer version of Kindred, or restore a backup from before it."),
            )
        }
    }
}

async fn written(store: &Store) -> Finding {
    let kind = if store.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    store.probe().await;
    let Some(probe) = store.last_probe() else {
        return CHECK.failed(format!("{kind} was not tried"), "Report this as a defect.");
    };
    judged(kind, probe.took, probe.failure.as_deref())
}

/// # Parameters
/// - `took`: how long a write took
/// - `failure`: why there was none
fn judged(kind: &str, took: Duration, failure: Option<&str>) -> Finding {
    let milliseconds = took.as_millis();
    match failure {
        Some(failure) => CHECK.failed(
            format!("{kind} cannot be written: {failure}"),
            "Check free disk space, the rights of the user, and whether the database is a read-only replica.",
        ),
        None if took > SLOW => CHECK.warning(
            format!("{kind} took {milliseconds} ms for a write"),
            "Look at the load of the database and at the latency of its disk; see docs/runbooks/JournalSlow.md.",
        ),
        None => CHECK.ok(format!("{kind}, the schema is up to date, a write took {milliseconds} ms")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Status;

    #[test]
    fn a_slow_write_is_told() {
        assert_eq!(judged("PostgreSQL", SLOW, None).status, Status::Ok);
        let slow = judged("PostgreSQL", SLOW + Duration::from_millis(1), None);
        assert_eq!(
            (slow.status, slow.message.as_str()),
            (Status::Warning, "PostgreSQL took 501 ms for a write")
        );
        assert!(slow.advice.is_some_and(|advice| advice.contains("JournalSlow")));
        let failed = judged("PostgreSQL", SLOW * 2, Some("it only reads"));
        assert_eq!(failed.status, Status::Failed, "that it was slow is not what is wrong");
    }
}
