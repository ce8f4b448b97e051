//! A unit of work runs again after contention, and leaves nothing unless it is committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kindred::clock::{SystemClock, Timestamp};
use kindred::config::Config;
use kindred::model::notice::Channel;
use kindred::model::security_event::{EventKind, RequestContext, SecurityEvent};
use kindred::store::notification::outbox::NewMessage;
use kindred::store::{Decision, Effects, Store, StoreError, Tx};
use kindred::telemetry::metrics::Metrics;
use macro_rules_attribute::apply;
use sea_orm::ConnectionTrait;
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::eventually::eventually;
use crate::support::sql::sql;

/// Long enough for each test, and short enough to see that a worker is not woken: the permit is there at once, or
/// never.
const AT_ONCE: Duration = Duration::from_millis(50);

struct Opened {
    store: Store,
    metrics: Metrics,
}

impl Opened {
    /// A store with these timeouts on the environment's database.
    async fn with(env: &Env, timeouts: &[(&str, &str)]) -> Opened {
        Opened::at(env.database_url(), timeouts).await
    }

    async fn at(url: &str, timeouts: &[(&str, &str)]) -> Opened {
        let url = ("KINDRED_DATABASE__URL", url);
        let pairs = [url].into_iter().chain(timeouts.iter().copied());
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let config = Config::from_sources(None, pairs).expect("a valid configuration");
        let metrics = Metrics::new().expect("metrics");
        let store = Store::connect(&config.database, metrics.clone(), Arc::new(SystemClock)).await;
        Opened { store: store.expect("a database"), metrics }
    }

    async fn migrated(env: &Env) -> Opened {
        let opened = Opened::with(env, &[]).await;
        opened.store.migrate_up().await.expect("it is migrated");
        opened
    }

    fn counted(&self) -> u64 {
        self.metrics.security_events.with_label_values(&[EventKind::LoginFailed.as_str()]).get()
    }

    /// How often the database has given a transaction up for the sake of another one.
    fn contended(&self) -> u64 {
        self.metrics.db_errors.with_label_values(&["contention"]).get()
    }

    /// Whether the worker of the outbox has been woken since the last time.
    async fn is_woken(&self) -> bool {
        tokio::time::timeout(AT_ONCE, self.store.outbox_filled()).await.is_ok()
    }
}

/// An id that no other row of these tests has.
fn new_id() -> Uuid {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

/// One event and one message.
fn effects() -> Effects {
    let at = Timestamp::from_micros(1);
    let event = SecurityEvent::new(new_id(), EventKind::LoginFailed, RequestContext::default(), at);
    Effects::of(event).telling(NewMessage {
        id: new_id(),
        channel: Channel::Mail,
        template: "new_device",
        user_id: None,
        sealed: vec![0],
        at,
        expires_at: None,
        is_withheld: false,
        link: None,
    })
}

/// Events and messages that are there.
fn written(env: &Env) -> (String, String) {
    let count = |table: &str| sql(env, &format!("SELECT count(*) FROM {table}"));
    (count("security_events"), count("outbox"))
}

async fn touch(tx: &Tx, job: &str) -> Result<(), StoreError> {
    tx.execute_unprepared(&format!("UPDATE job_runs SET rows = rows + 1 WHERE job = '{job}'")).await?;
    Ok(())
}

/// Locks one row and then another, and at the first attempt not the second one before another unit has locked a row.
async fn lock_both(
    opened: &Opened,
    (first, second): (&str, &str),
    both_hold_one: &Barrier,
    attempts: &AtomicU32,
) -> Result<u32, StoreError> {
    let own = &AtomicU32::new(0);
    let work = |tx: Tx| async move {
        attempts.fetch_add(1, Ordering::SeqCst);
        let attempt = own.fetch_add(1, Ordering::SeqCst) + 1;
        tx.record(&effects()).await?;
        touch(&tx, first).await?;
        if attempt == 1 {
            both_hold_one.wait().await;
        }
        touch(&tx, second).await?;
        Ok(Decision::Commit(attempt))
    };
    opened.store.transact(work).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_lock_each_other_out_one_runs_again() {
    let env = Env::new(Backend::Postgres).await;
    let opened = Opened::migrated(&env).await;
    sql(
        &env,
        "INSERT INTO job_runs (job, finished_at, rows, rows_total) VALUES ('a', 1, 0, 0), ('b', 1, 0, 0)",
    );
    let (barrier, attempts) = (Barrier::new(2), AtomicU32::new(0));
    let (one, other) = tokio::join!(
        lock_both(&opened, ("a", "b"), &barrier, &attempts),
        lock_both(&opened, ("b", "a"), &barrier, &attempts),
    );
    let mut ran = [one.expect("it is committed"), other.expect("it is committed")];
    ran.sort_unstable();
    assert_eq!(ran, [1, 2], "the database gave one up");
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
    assert_eq!(sql(&env, "SELECT rows FROM job_runs ORDER BY job"), "2\n2");
    assert_eq!(written(&env), ("2".to_owned(), "2".to_owned()));
    assert_eq!(
        (opened.counted(), opened.contended()),
        (2, 1),
        "what the third attempt collected died with it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_finds_the_only_writer_busy_runs_again() {
    let env = Env::new(Backend::Sqlite).await;
    let holder = Opened::migrated(&env).await;
    let waiting = Opened::with(&env, &[("KINDRED_DATABASE__STATEMENT_TIMEOUT", "100ms")]).await;
    let attempts = &AtomicU32::new(0);
    let held = holder.store.transact(|tx| {
        let waiting = &waiting;
        async move {
            tx.record(&effects()).await?;
            eventually("the other one was refused", async || (waiting.contended() > 0).then_some(())).await;
            Ok(Decision::Commit(()))
        }
    });
    let later = waiting.store.transact(|tx| async move {
        attempts.fetch_add(1, Ordering::SeqCst);
        tx.record(&effects()).await?;
        Ok(Decision::Commit(()))
    });
    let begins_second = async {
        eventually("the writer is taken", async || is_busy(&env).then_some(())).await;
        later.await
    };
    let (held, later) = tokio::join!(held, begins_second);
    held.expect("it is committed");
    later.expect("it is committed after another attempt");
    assert_eq!(attempts.load(Ordering::SeqCst), 1, "no work without a transaction");
    assert_eq!((holder.counted(), waiting.counted()), (1, 1));
    assert_eq!(written(&env), ("2".to_owned(), "2".to_owned()));
}

/// Whether a transaction writes to an SQLite database.
fn is_busy(env: &Env) -> bool {
    let connection =
        rusqlite::Connection::open(crate::support::sql::sqlite_file(env)).expect("an SQLite database");
    connection.busy_timeout(Duration::ZERO).expect("a timeout");
    connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_attempt_collected_dies_with_it() {
    let env = Env::new(Backend::Sqlite).await;
    let opened = Opened::migrated(&env).await;
    let refused = Opened::with(&env, &[("KINDRED_DATABASE__STATEMENT_TIMEOUT", "100ms")]).await;
    let attempts = &AtomicU32::new(0);
    // In SQLite a transaction that has begun to write meets no contention of its own: another one's stands in.
    let work = |tx: Tx| {
        let refused = &refused;
        async move {
            tx.record(&effects()).await?;
            let attempt = attempts.fetch_add(1, Ordering::SeqCst) + 1;
            if attempt == 1 {
                refused.store.transact(|_| async { Ok(Decision::Commit(())) }).await?;
            }
            Ok(Decision::Commit(attempt))
        }
    };
    assert_eq!(opened.store.transact(work).await.expect("it is committed"), 2);
    assert_eq!(written(&env), ("1".to_owned(), "1".to_owned()));
    assert_eq!((opened.counted(), opened.contended()), (1, 1));
    assert!(opened.is_woken().await);
}

#[apply(on_both_databases)]
async fn a_commit_counts_and_wakes(env: Env) {
    let opened = Opened::migrated(&env).await;
    let done = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        Ok(Decision::Commit("done"))
    });
    assert_eq!(done.await.expect("it is committed"), "done");
    assert_eq!(written(&env), ("1".to_owned(), "1".to_owned()));
    assert_eq!(opened.counted(), 1);
    assert!(opened.is_woken().await);
}

#[apply(on_both_databases)]
async fn a_rollback_leaves_nothing(env: Env) {
    let opened = Opened::migrated(&env).await;
    let decided = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        Ok(Decision::Rollback("no"))
    });
    assert_eq!(decided.await.expect("it is rolled back"), "no");
    let failed = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        Err::<Decision<()>, _>(StoreError::SessionEnded)
    });
    assert!(matches!(failed.await, Err(StoreError::SessionEnded)));
    assert_eq!(written(&env), ("0".to_owned(), "0".to_owned()));
    assert_eq!(opened.counted(), 0);
    assert!(!opened.is_woken().await);
}

/// A constraint that is checked at the commit.
#[apply(on_both_databases)]
async fn a_failed_commit_counts_nothing_and_wakes_no_worker(env: Env) {
    let opened = Opened::migrated(&env).await;
    sql(&env, "CREATE TABLE parents (id INTEGER PRIMARY KEY)");
    sql(&env, "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)");
    let failed = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        tx.execute_unprepared("INSERT INTO children (parent) VALUES (7)").await?;
        Ok(Decision::Commit(()))
    });
    assert!(matches!(failed.await, Err(StoreError::Other(_))));
    assert_eq!(written(&env), ("0".to_owned(), "0".to_owned()));
    assert_eq!(opened.counted(), 0);
    assert!(!opened.is_woken().await);
    // The connection is free for the next one.
    let next = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        Ok(Decision::Commit(()))
    });
    next.await.expect("it is committed");
    assert_eq!((written(&env).0, opened.counted()), ("1".to_owned(), 1));
}

/// The answer to the commit is lost: what was written is there, and no one here knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_commit_counts_nothing() {
    let env = Env::new(Backend::Postgres).await;
    Opened::migrated(&env).await;
    let (proxy, through) = ChaosProxy::before(env.database_url()).await;
    let opened = Opened::at(&through, &[]).await;
    let attempts = &AtomicU32::new(0);
    let lost = opened.store.transact(|tx| {
        let proxy = &proxy;
        async move {
            attempts.fetch_add(1, Ordering::SeqCst);
            tx.record(&effects()).await?;
            proxy.drop_responses(true);
            Ok(Decision::Commit(()))
        }
    });
    let lost = lost.await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 1, "it may have been committed, and is not run again");
    let committed = async || (written(&env) == ("1".to_owned(), "1".to_owned())).then_some(());
    eventually("it is committed", committed).await;
    assert_eq!(opened.counted(), 0);
    assert!(!opened.is_woken().await);
    // The next one is on another connection.
    proxy.drop_responses(false);
    let next = opened.store.transact(|tx| async move {
        tx.record(&effects()).await?;
        Ok(Decision::Commit(()))
    });
    next.await.expect("it is committed");
    assert_eq!((written(&env).0, opened.counted()), ("2".to_owned(), 1));
    assert!(opened.is_woken().await);
}
