//! What an account's state does to a login; told only to who gave the right password.

use macro_rules_attribute::apply;

use super::lock::{guess, standing};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::security_events::count_events;
use crate::support::sql::{count, sql};

const VERIFIED: &[(&str, &str)] =
    &[("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required"), ("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")];
/// Many times longer than a change of the database on a machine that is not busy. On one that is, the hash may be over
/// first; then the test tries again.
const SLOW: &[(&str, &str)] =
    &[("KINDRED_PASSWORD__MEMORY_KIB", "65536"), ("KINDRED_PASSWORD__ITERATIONS", "6")];
const TRIES: usize = 10;

#[apply(on_both_databases)]
async fn an_address_must_be_verified_where_that_is_required(env: Env) {
    let mut lenient = env.node(&[]).await;
    let user = lenient.client().signed_in().await;
    lenient.kill_9();
    let node = env.node(VERIFIED).await;
    let client = node.client();
    // The right password locks no one out, however often the mail was not read.
    for _ in 0..5 {
        client.login(&user.email, PASSWORD).await.assert_problem(403, "email_not_verified");
    }
    assert_eq!(standing(&env, &user.email), "0|open");
    guess(&client, &user.email, 1).await;
    let told = metric(&node, "auth_login_fail_total", &[("reason", "not_verified")]).await;
    assert_eq!(told, 5.0);
    assert_eq!(count_events(&env, "login.failed"), 6);
    sql(&env, "UPDATE users SET email_verified_at = 1");
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_disabled_account_is_told_so_before_anything_else(env: Env) {
    let mut lenient = env.node(&[]).await;
    let user = lenient.client().signed_in().await;
    lenient.kill_9();
    let node = env.node(VERIFIED).await;
    let client = node.client();
    sql(&env, "UPDATE users SET status = 'disabled', erase_at = 1");
    for _ in 0..4 {
        client.login(&user.email, PASSWORD).await.assert_problem(403, "account_not_active");
    }
    assert_eq!(standing(&env, &user.email), "0|open");
    assert_eq!(sql(&env, "SELECT erase_at FROM users"), "1", "who cannot log in cancels nothing");
    guess(&client, &user.email, 3).await;
    client.login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
}

#[apply(on_both_databases)]
async fn a_login_cancels_an_erasure(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    prove_addresses(&env);
    sql(&env, "UPDATE users SET erase_at = 4000000000000000");
    guess(&client, &user.email, 1).await;
    let pending = "SELECT count(*) FROM users WHERE erase_at IS NOT NULL";
    assert_eq!(sql(&env, pending), "2", "a wrong password cancels nothing");
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    let left = sql(&env, "SELECT email FROM users WHERE erase_at IS NOT NULL");
    assert_eq!(left, other.email);
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    let mailbox = node.mailbox();
    mailbox.wait_for(&user.email, "erasure_cancelled").await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&user.email, "erasure_cancelled").len(), 1);
    assert_eq!(count_events(&env, "account.erasure_cancelled"), 1);
    let cancelled = metric(&node, "auth_security_events_total", &[("kind", "account.erasure_cancelled")]);
    assert_eq!(cancelled.await, 1.0);
}

#[apply(on_both_databases)]
async fn what_changes_while_the_password_is_hashed_counts(env: Env) {
    let node = env.node(SLOW).await;
    for (change, code) in [
        (&["UPDATE users SET erase_at = 1"][..], "invalid_credentials"),
        (&["UPDATE users SET status = 'disabled'"], "account_not_active"),
        (&["UPDATE password_credentials SET locked_at = 1"], "invalid_credentials"),
        (&["UPDATE users SET credential_epoch = 1"], "invalid_credentials"),
        (&["DELETE FROM password_credentials", "DELETE FROM users"], "invalid_credentials"),
    ] {
        let mut tries = 0;
        let login = loop {
            if let Some(login) = login_around(&env, &node, change).await {
                break login;
            }
            tries += 1;
            assert!(tries < TRIES, "each hash was quicker than {change:?}");
        };
        assert_eq!(login.code(), code, "{change:?}");
        assert_eq!(count(&env, "session_families"), 0, "{change:?}");
    }
}

/// The answer to a login during whose hash this changed; none if it came sooner, or has opened a session: then the hash was
/// over when the change came, and the answer was on its way.
async fn login_around(env: &Env, node: &Node, change: &[&str]) -> Option<Reply> {
    let (client, email) = (node.client(), "ada@example.com");
    for table in ["session_families", "password_credentials", "users"] {
        sql(env, &format!("DELETE FROM {table}"));
    }
    assert_eq!(client.register(email, PASSWORD).await.status, 201);
    let begun = async || metric(node, "auth_password_hash_wait_seconds_count", &[]).await;
    let before = begun().await;
    let login = tokio::spawn(async move { client.login(email, PASSWORD).await });
    eventually("the password is being hashed", async || (begun().await > before).then_some(())).await;
    for statement in change {
        sql(env, statement);
    }
    if login.is_finished() {
        return None;
    }
    Some(login.await.expect("no panic")).filter(|reply| reply.status != 200)
}
