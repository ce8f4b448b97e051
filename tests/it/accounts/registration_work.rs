//! AU-03: a registration does the same work for a new, a pending and a taken address, so that its time tells nothing:
//! the same hashes, the same statements, the same rows.

use std::collections::HashSet;
use std::fs;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{LinkScene, REGISTER, REQUIRED};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, send, unique_email};
use crate::support::metrics::metric;
use crate::support::postgres::Cluster;
use crate::support::sql::{sql, sql_of_all, tables};

/// Clients name their own address.
const PROXY: (&str, &str) = ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

/// What one registration has cost.
#[derive(Debug, PartialEq)]
struct Work {
    hashes: f64,
    /// Rows that came to each table.
    rows: Vec<(String, usize)>,
    /// Verb and table of each statement; what PostgreSQL logs.
    statements: Vec<String>,
}

fn rows(env: &Env) -> Vec<(String, usize)> {
    let tables = tables(env);
    let queries: Vec<String> = tables.iter().map(|table| format!("SELECT count(*) FROM {table}")).collect();
    let counts = sql_of_all(env, &queries);
    let counts = counts.lines().map(|count| count.parse().expect("a number"));
    tables.into_iter().zip(counts).collect()
}

fn log_all_statements(env: &Env) {
    if env.backend() == Backend::Postgres {
        let set = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', current_database()); \
                   END $$";
        sql(env, set);
    }
}

fn log() -> String {
    fs::read_to_string(Cluster::shared().folder().join("log")).expect("a log")
}

/// Verb and table of those statements in the log that a registration can have to do with; what runs in the
/// background is left out.
fn statements(env: &Env, before: usize) -> Vec<String> {
    let ours = sql(env, "SELECT pid FROM pg_stat_activity WHERE datname = current_database()");
    let ours: HashSet<String> = ours.lines().map(|pid| format!("[{pid}]")).collect();
    let log = log();
    let lines = log[before..].lines().filter(|line| line.split_whitespace().any(|word| ours.contains(word)));
    lines
        .filter_map(|line| Some(line.split_once("execute ")?.1.split_once(": ")?.1))
        .filter_map(named)
        .collect()
}

fn named(statement: &str) -> Option<String> {
    let verb = statement.split_whitespace().next()?;
    if statement.contains("pg_advisory_xact_lock(") {
        return Some("lock".to_owned());
    }
    let of_it = statement.contains("\"pending_registrations\"")
        || statement.contains("\"users\".\"email\" = ")
        || verb == "INSERT"
        || verb == "SAVEPOINT"
        || verb == "ROLLBACK";
    let table = ["INTO ", "FROM ", "UPDATE "].iter().find_map(|word| statement.split_once(word));
    let table = table.map_or("", |(_, rest)| rest.split([' ', '(']).next().unwrap_or_default());
    of_it.then(|| format!("{verb} {table}"))
}

async fn work(env: &Env, scene: &LinkScene, email: &str, address: &str) -> Work {
    let hashes = || metric(&scene.node, "auth_password_hash_duration_seconds_count", &[]);
    let before = (hashes().await, rows(env));
    let log_before = if env.backend() == Backend::Postgres { log().len() } else { 0 };
    let request = scene.client.request(Method::POST, REGISTER).header("X-Forwarded-For", address);
    let reply = send(request.json(&json!({"email": email, "password": PASSWORD}))).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let statements =
        if env.backend() == Backend::Postgres { statements(env, log_before) } else { Vec::new() };
    scene.mailbox.settled(env).await;
    let added = rows(env).into_iter().zip(before.1).filter(|((_, after), (_, before))| after != before);
    let rows = added.map(|((table, after), (_, before))| (table, after - before)).collect();
    Work { hashes: hashes().await - before.0, rows, statements }
}

#[apply(on_both_databases)]
async fn a_registration_costs_the_same_for_every_address(env: Env) {
    let setup = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    let (taken, pending) = (setup.verified().await, unique_email());
    work(&env, &setup, &pending, "192.0.2.1").await;
    drop(setup);
    log_all_statements(&env);
    let scene = LinkScene::start(&env, &[REQUIRED, PROXY]).await;
    // Whatever is done once after a start.
    work(&env, &scene, &unique_email(), "192.0.2.2").await;
    let new = work(&env, &scene, &unique_email(), "192.0.2.3").await;
    assert_eq!(new.hashes, 1.0, "{new:?}");
    let table = |name: &str| new.rows.iter().find(|(table, _)| table == name).map(|(_, rows)| *rows);
    assert_eq!((table("pending_registrations"), table("outbox")), (Some(1), Some(1)), "{new:?}");
    if env.backend() == Backend::Postgres {
        assert!(new.statements.len() >= 5, "{new:?}");
    }
    for email in [&pending, &taken] {
        let other = work(&env, &scene, email, "192.0.2.4").await;
        assert_eq!((other.hashes, &other.statements), (new.hashes, &new.statements));
        let of_it = |work: &Work| {
            let kept = ["pending_registrations", "outbox", "users", "security_events", "one_time_tokens"];
            work.rows.iter().filter(|(table, _)| kept.contains(&table.as_str())).cloned().collect::<Vec<_>>()
        };
        assert_eq!(of_it(&other), of_it(&new), "{other:?}");
    }
}
