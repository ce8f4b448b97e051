//! Migrations: up, down, up again, by many at once, and not behind the operator's back.

use std::process::{Child, Stdio};

use macro_rules_attribute::apply;

use super::schema::schema;
use crate::faults::refusal::refusal;
use crate::support::backend::{Env, on_both_databases};
use crate::support::process::{Setup, command};
use crate::support::sql::{sql, tables};

/// How many there are: each is a file.
fn migrations() -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migration/src");
    let files = std::fs::read_dir(folder).expect("the migrations").flatten();
    files.filter(|file| file.file_name().to_string_lossy().starts_with("m2026")).count()
}

/// `kindred migrate …`, which must succeed; gives what it printed.
fn migrate(setup: &Setup, arguments: &[&str]) -> String {
    let output = command(setup).arg("migrate").args(arguments).output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn count(text: &str, word: &str) -> usize {
    text.lines().filter(|line| line.starts_with(word)).count()
}

/// A production node's environment, but for its database and master key.
pub const PRODUCTION: [(&str, &str); 6] = [
    ("KINDRED_PROFILE", "production"),
    ("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com"),
    ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
    ("KINDRED_PASSWORD__ITERATIONS", "2"),
    ("KINDRED_PASSWORD__PARALLELISM", "1"),
    ("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "optional"),
];

#[apply(on_both_databases)]
async fn down_takes_back_all_that_up_has_made(env: Env) {
    let env = Env::unmigrated(env.backend()).await;
    let setup = env.setup(&[]);
    assert_eq!(count(&migrate(&setup, &["status"]), "pending"), migrations());
    let applied = migrate(&setup, &[]);
    assert_eq!(count(&applied, "applied"), migrations(), "{applied}");
    let first = schema(&env);
    assert!(first.contains("session_families_live_by_user"), "{first}");

    let steps = migrations().to_string();
    let undone = migrate(&setup, &["down", "--steps", &steps]);
    assert_eq!(count(&undone, "pending"), migrations(), "{undone}");
    assert_eq!(tables(&env), ["seaql_migrations"], "nothing is left");

    migrate(&setup, &["up"]);
    assert_eq!(schema(&env), first);
    assert_eq!(count(&migrate(&setup, &["up"]), "applied"), migrations(), "again is fine");
    assert_eq!(schema(&env), first);
}

#[apply(on_both_databases)]
async fn two_at_once_migrate_once(env: Env) {
    let env = Env::unmigrated(env.backend()).await;
    let start = |_| -> Child {
        let setup = env.setup(&[]);
        let mut migrate = command(&setup);
        migrate.args(["migrate", "up"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        migrate.spawn().expect("it starts")
    };
    for child in [0, 1].map(start) {
        let output = child.wait_with_output().expect("a child of ours");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        assert_eq!(count(&String::from_utf8_lossy(&output.stdout), "applied"), migrations());
    }
    let rows = sql(&env, "SELECT count(*) FROM seaql_migrations");
    assert_eq!(rows, migrations().to_string());
}

#[apply(on_both_databases)]
async fn production_does_not_migrate_by_itself(env: Env) {
    let env = Env::unmigrated(env.backend()).await;
    let setup = env.setup(&PRODUCTION);
    let message = refusal(&setup);
    let pending = format!("lacks {} migration(s): run `kindred migrate up`", migrations());
    assert!(message.contains(&pending), "{message}");
    assert!(tables(&env).is_empty(), "nothing was made");
    migrate(&setup, &["down", "--steps", "1"]);
    migrate(&setup, &["up"]);
    migrate(&setup, &["down", "--steps", "1"]);
    let message = refusal(&setup);
    assert!(message.contains("lacks 1 migration(s)"), "{message}");
    migrate(&setup, &["up"]);
    let node = env.node(&PRODUCTION).await;
    let client = node.client();
    assert_eq!(client.signed_in().await.refresh.len(), 91);
}
