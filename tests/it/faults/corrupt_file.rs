//! F-36: an SQLite file that is no longer one.

use std::fs;

use super::refusal::refusal;
use crate::storage::migrations::PRODUCTION;
use crate::support::backend::{Backend, Env};
use crate::support::sql::sqlite_file;

fn assert_refused_and_kept(env: &Env, content: &[u8]) {
    let file = sqlite_file(env);
    fs::write(file, content).expect("a file");
    let message = refusal(&env.setup(&[]));
    let clear = ["cannot open the database", "database error", "does not answer"];
    assert!(clear.iter().any(|words| message.contains(words)), "{message}");
    let reasons = ["not a database", "malformed"];
    assert!(reasons.iter().any(|words| message.contains(words)), "{message}");
    assert!(fs::read(file).expect("a file") == content, "the file was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_refused_and_kept() {
    let env = Env::new(Backend::Sqlite).await;
    assert_refused_and_kept(&env, &b"this is no database ".repeat(1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncated_database_is_refused_and_kept() {
    let env = Env::new(Backend::Sqlite).await;
    let mut node = env.node(&[]).await;
    node.client().signed_in().await;
    let status = tokio::task::block_in_place(|| node.terminate());
    assert!(status.success());
    let whole = fs::read(sqlite_file(&env)).expect("a database");
    assert!(
        !fs::exists(format!("{}-wal", sqlite_file(&env))).expect("a folder"),
        "a clean end leaves no log"
    );
    for length in [whole.len() / 2, whole.len() - 4096, 5_000, 50] {
        assert_refused_and_kept(&env, &whole[..length]);
    }
    fs::write(sqlite_file(&env), whole).expect("a file");
    env.node(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_does_not_start_empty() {
    let env = Env::unmigrated(Backend::Sqlite).await;
    for _ in ["missing", "empty"] {
        let message = refusal(&env.setup(&PRODUCTION));
        assert!(message.contains("run `kindred migrate up`"), "{message}");
        fs::write(sqlite_file(&env), "").expect("a file");
    }
}
