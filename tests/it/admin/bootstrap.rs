//! The first administrator, from the configuration.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::login;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::eventually::eventually;
use crate::support::process::{Node, command};
use crate::support::sql::sql;

const EMAIL: &str = "root@example.com";
const OTHER: &str = "another-Horse-43-battery";

fn first(password: &str) -> [(&str, &str); 2] {
    [("KINDRED_ADMIN__EMAIL", EMAIL), ("KINDRED_ADMIN__PASSWORD", password)]
}

fn admins(env: &Env) -> String {
    sql(
        env,
        "SELECT email, password_must_change, email_verified_at IS NOT NULL FROM users WHERE roles LIKE '%admin%'",
    )
}

/// The log is written in the background.
async fn is_logged(node: &Node, words: &str) {
    eventually(words, async || node.logs().contains(words).then_some(())).await;
}

fn only_root(env: &Env) -> String {
    match env.backend() {
        Backend::Sqlite => format!("{EMAIL}|1|1"),
        Backend::Postgres => format!("{EMAIL}|t|t"),
    }
}

#[apply(on_both_databases)]
async fn there_is_one_and_it_must_change_the_password(env: Env) {
    let node = env.node(&first(PASSWORD)).await;
    assert_eq!(admins(&env), only_root(&env));
    let client = node.client();
    let root = login(&client, EMAIL.to_owned()).await;
    root.get(&client, "/api/v1/admin/users").await.assert_problem(403, "password_change_required");
    assert!(!node.logs().contains(PASSWORD) && !node.logs().contains(EMAIL), "{}", node.logs());
    let events = "SELECT count(*) FROM security_events WHERE kind = 'account.created' AND actor_id IS NULL";
    assert_eq!(sql(&env, events), "1");
    drop(node);

    // Later starts change nothing, with whatever password.
    let node = env.node(&first(OTHER)).await;
    let client = node.client();
    client.login(EMAIL, OTHER).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.login(EMAIL, PASSWORD).await.status, 200);
    drop(node);
    // Nor do they while another one is there, or a disabled one.
    sql(&env, "UPDATE users SET status = 'disabled'");
    let _node =
        env.node(&[("KINDRED_ADMIN__EMAIL", "second@example.com"), ("KINDRED_ADMIN__PASSWORD", OTHER)]).await;
    assert_eq!((admins(&env), sql(&env, events)), (only_root(&env), "1".to_owned()));
}

#[apply(on_both_databases)]
async fn who_registered_the_address_before_is_not_promoted(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    assert_eq!(client.register(EMAIL, OTHER).await.status, 201);
    drop(node);
    let node = env.node(&first(PASSWORD)).await;
    assert_eq!(admins(&env), "");
    is_logged(&node, "no administrator was created").await;
    // The operator can say that it is the right person, once the address is proven.
    assert_eq!(node.try_run(&["admin", "grant", EMAIL]).status.code(), Some(1));
    sql(&env, "UPDATE users SET email_verified_at = 1");
    node.run(&["admin", "grant", EMAIL]);
    let client = node.client();
    let reply = client.login(EMAIL, OTHER).await;
    assert_eq!(reply.body["user"]["roles"], json!(["user", "admin"]), "{reply:?}");
}

#[apply(on_both_databases)]
async fn a_weak_password_is_told_of(env: Env) {
    let node = env.node(&first("password")).await;
    assert_eq!(admins(&env), only_root(&env));
    is_logged(&node, "admin.password is weak (common_password)").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_make_one() {
    let env = Env::new(Backend::Postgres).await;
    drop(env.node(&[]).await); // the tables
    let starts = (0..3).map(|number| {
        let email = format!("root-{number}@example.com");
        let setup = env.setup(&[("KINDRED_ADMIN__EMAIL", &email), ("KINDRED_ADMIN__PASSWORD", PASSWORD)]);
        tokio::task::spawn_blocking(move || Node::start(setup))
    });
    let nodes = futures_util::future::join_all(starts).await;
    assert!(nodes.iter().all(Result::is_ok));
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
    assert_eq!(sql(&env, "SELECT count(*) FROM security_events WHERE kind = 'account.created'"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_does_not_start_with_a_weak_one() {
    let env = Env::new(Backend::Sqlite).await;
    drop(env.node(&[]).await); // the tables
    let production = [
        ("KINDRED_PROFILE", "production"),
        ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
        ("KINDRED_MAIL__TRANSPORT", "log"),
        ("KINDRED_SMS__TRANSPORT", "log"),
        ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
        ("KINDRED_PASSWORD__ITERATIONS", "2"),
    ];
    let setup = env.setup(&[&production[..], &first("password")].concat());
    let output = command(&setup).arg("serve").output().expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("admin.password may not be chosen"), "{told}");
    assert_eq!(admins(&env), "");
}
