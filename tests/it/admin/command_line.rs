//! `kindred admin` and `kindred user`, as an operator uses them beside a server that runs.

use std::io::Write;
use std::process::{Output, Stdio};

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{items, login, person};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::eventually;
use crate::support::process::{Node, command};
use crate::support::sql::sql;

fn json_of(node: &Node, arguments: &[&str]) -> Value {
    serde_json::from_str(&node.run(arguments)).expect("JSON")
}

#[track_caller]
fn assert_fails(output: &Output, words: &str) {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.starts_with("kindred: ") && told.contains(words), "{told}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// Runs a command that reads a password.
fn with_input(node: &Node, arguments: &[&str], input: &str) -> Output {
    let mut command = command(node.setup());
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

async fn is_revoked(client: &Client, access: &str) {
    eventually("the server enforces it", async || {
        let reply = client.verify(access).await;
        (reply.code() == "session_revoked").then_some(())
    })
    .await;
}

#[apply(on_both_databases)]
async fn an_administrator_is_made_with_a_link(env: Env) {
    let node = env.node(&[]).await;
    let email = unique_email();
    let output = node.try_run(&["admin", "create", "--email", &email, "--display-name", "Root"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let link = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(link.starts_with("http://") && link.contains("/account/reset-password?token="), "{link}");
    assert_eq!(link.lines().count(), 1);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("token="));
    let shown = json_of(&node, &["user", "show", &email, "--json"]);
    assert_eq!((&shown["roles"], &shown["display_name"]), (&json!(["user", "admin"]), &json!("Root")));
    assert_eq!((&shown["email_verified"], &shown["has_password"]), (&json!(true), &json!(false)));
    assert_fails(&node.try_run(&["admin", "create", "--email", &email]), "exists");
    assert_fails(&node.try_run(&["admin", "create", "--email", "nonsense"]), "not an e-mail address");
    let via =
        sql(&env, "SELECT detail, actor_id, user_agent FROM security_events WHERE kind = 'account.created'");
    assert!(via.replace(' ', "").contains("\"via\":\"cli\"") && via.contains("||kindred-cli/"), "{via}");
    assert_eq!(sql(&env, "SELECT count(*) FROM outbox"), "0", "the operator passes the link on");
}

#[apply(on_both_databases)]
async fn an_administrator_is_made_with_a_password(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let email = unique_email();
    let create = ["admin", "create", "--email", &email, "--password-stdin"];
    assert_fails(&with_input(&node, &create, "password\n"), "may not be chosen");
    assert_fails(&with_input(&node, &create, ""), "may not be chosen");
    let output = with_input(&node, &create, &format!("{PASSWORD}\n"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.is_empty() && !String::from_utf8_lossy(&output.stderr).contains(PASSWORD));
    let reply = client.login(&email, PASSWORD).await;
    assert_eq!(reply.body["user"]["roles"], json!(["user", "admin"]), "{reply:?}");
    assert_eq!(reply.body["user"]["password_must_change"], true);
}

#[apply(on_both_databases)]
async fn the_role_is_granted_and_withdrawn(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, user) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let helper = person(&env, &client, "user support").await;
    let roles_of_helper = || sql(&env, &format!("SELECT roles FROM users WHERE email = '{}'", helper.email));
    node.run(&["admin", "grant", &helper.email]);
    assert_eq!(roles_of_helper(), "user support admin");
    node.run(&["admin", "withdraw", &helper.email]);
    assert_eq!(roles_of_helper(), "user support", "other roles stay");
    node.run(&["admin", "grant", &user.email]);
    assert_eq!(user.get(&client, "/api/v1/admin/users").await.status, 200);
    node.run(&["admin", "withdraw", &user.id]);
    user.get(&client, "/api/v1/admin/users").await.assert_problem(403, "forbidden");
    let changes = admin.events_about(&client, "account.roles_changed", &user.id).await;
    assert_eq!(changes.len(), 2);
    assert_eq!((&changes[0]["actor_id"], &changes[0]["detail"]["via"]), (&Value::Null, &json!("cli")));
}

#[apply(on_both_databases)]
async fn what_it_ends_the_server_enforces(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = person(&env, &client, "user").await;
    let second = login(&client, user.email.clone()).await;
    // The server's actor has the family in memory.
    let refreshed = client.refresh(&user.refresh, None).await;
    assert_eq!(refreshed.status, 200);

    let listed = json_of(&node, &["user", "sessions", &user.email, "--json"]);
    let ids: Vec<&Value> = listed.as_array().expect("a list").iter().map(|session| &session["id"]).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&&json!(second.session_id)));
    node.run(&["user", "revoke", &user.id, "--session", &second.session_id]);
    is_revoked(&client, &second.access).await;
    client.refresh(&second.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(client.verify(&refreshed.access()).await.status, 204);
    let table = node.run(&["user", "sessions", &user.email]);
    assert_eq!(table.lines().count(), 1);
    assert!(table.starts_with(&user.session_id), "{table}");

    node.run(&["user", "revoke", &user.email]);
    is_revoked(&client, &refreshed.access()).await;
    client.refresh(&refreshed.refresh_token(), None).await.assert_problem(401, "session_revoked");
    assert_eq!(node.run(&["user", "sessions", &user.email]), "");
}

#[apply(on_both_databases)]
async fn accounts_are_disabled_enabled_unlocked_and_made_to_change(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = person(&env, &client, "user").await;
    node.run(&["user", "disable", &user.email]);
    is_revoked(&client, &user.access).await;
    client.login(&user.email, PASSWORD).await.assert_problem(403, "account_not_active");
    assert_eq!(json_of(&node, &["user", "show", &user.id, "--json"])["status"], "disabled");
    node.run(&["user", "enable", &user.id]);
    let again = login(&client, user.email.clone()).await;
    sql(&env, "UPDATE password_credentials SET failures = 50, locked_at = 1");
    node.run(&["user", "unlock", &user.email]);
    assert_eq!(sql(&env, "SELECT failures, locked_at FROM password_credentials"), "0|");
    node.run(&["user", "require-password-change", &user.email]);
    is_revoked(&client, &again.access).await;
    let limited = client.login(&user.email, PASSWORD).await;
    assert_eq!(limited.body["user"]["password_must_change"], true, "{limited:?}");
    let shown = node.run(&["user", "show", &user.email]);
    assert!(
        shown.lines().any(|line| line.starts_with("password_must_change") && line.ends_with("true")),
        "{shown}"
    );
}

#[apply(on_both_databases)]
async fn accounts_are_listed(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (one, two) = (person(&env, &client, "user").await, person(&env, &client, "user support").await);
    node.run(&["user", "disable", &one.email]);
    let all = json_of(&node, &["user", "list", "--json"]);
    let emails: Vec<&Value> = all.as_array().expect("a list").iter().map(|user| &user["email"]).collect();
    assert_eq!(emails, [&json!(two.email), &json!(one.email)]);
    let table = node.run(&["user", "list", "--status", "disabled"]);
    assert_eq!(table.trim(), format!("{}  disabled  {}  user", one.id, one.email));
    assert_eq!(node.run(&["user", "list", "--query", "%"]), "");
    // The same members as the API's.
    let admin = person(&env, &client, "user admin").await;
    let shown = items(&admin.get(&client, &format!("/api/v1/admin/users?q={}", two.email)).await);
    assert_eq!(json_of(&node, &["user", "show", &two.email, "--json"]), shown[0]);
}

#[apply(on_both_databases)]
async fn what_cannot_be_done_is_said(env: Env) {
    let node = env.node(&[]).await;
    let user = person(&env, &node.client(), "user").await;
    for action in
        ["show", "disable", "enable", "unlock", "require-password-change", "reset-mfa", "sessions", "revoke"]
    {
        assert_fails(&node.try_run(&["user", action, "nobody@example.com"]), "there is no account");
        assert_fails(&node.try_run(&["user", action, "nonsense"]), "neither a user id nor an e-mail address");
    }
    let unknown = "01919191-9191-7919-9919-919191919191";
    assert_fails(&node.try_run(&["user", "revoke", &user.email, "--session", unknown]), "no such session");
}
