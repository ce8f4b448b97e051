//! Wrong passwords in a row: so many are looked at, then none, not even the right one.

use std::net::IpAddr;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, send};
use crate::support::eventually::wait_until;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const FIVE: &[(&str, &str)] = &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "5")];
const WRONG: &str = "wrong horse";

pub async fn guess(client: &Client, email: &str, times: usize) {
    for _ in 0..times {
        client.login(email, WRONG).await.assert_problem(401, "invalid_credentials");
    }
}

/// Attempts of unknown devices since the last right one, and whether there were too many.
pub fn standing(env: &Env, email: &str) -> String {
    pool(env, email, "")
}

/// The same of known devices.
pub fn known_standing(env: &Env, email: &str) -> String {
    pool(env, email, "known_")
}

fn pool(env: &Env, email: &str, prefix: &str) -> String {
    let locked = format!("CASE WHEN {prefix}locked_at IS NULL THEN 'open' ELSE 'locked' END");
    let user = format!("SELECT id FROM users WHERE email = '{email}'");
    sql(env, &format!("SELECT {prefix}failures, {locked} FROM password_credentials WHERE user_id = ({user})"))
}

/// A lock is noted after the answer.
pub fn wait_for_standing(env: &Env, email: &str, expected: &str) {
    wait_until(&format!("{email} is {expected}"), || (standing(env, email) == expected).then_some(()));
}

#[apply(on_both_databases)]
async fn after_the_last_attempt_the_right_password_is_refused(env: Env) {
    let node = env.node(FIVE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    prove_addresses(&env);
    let email = family.email.clone();
    guess(&client, &email, 5).await;
    wait_for_standing(&env, &email, "5|locked");
    for _ in 0..3 {
        client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    }
    guess(&client, &email, 1).await;
    assert_eq!(standing(&env, &email), "5|locked", "nothing is counted after the lock");
    // Told once, to the owner.
    let mailbox = node.mailbox();
    mailbox.wait_for(&email, "account_locked").await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&email, "account_locked").len(), 1);
    assert_eq!(count_events(&env, "account.locked"), 1);
    let locks = metric(&node, "auth_security_events_total", &[("kind", "account.locked")]).await;
    assert_eq!(locks, 1.0);
    assert_eq!(count_events(&env, "login.failed"), 9);
    // Who is in stays in, and no one else is locked out.
    family.assert_lives(&client).await;
    client.signed_in().await;
    // As a reset or an administrator leaves it.
    sql(&env, "UPDATE password_credentials SET failures = 0, locked_at = NULL");
    assert_eq!(client.login(&email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_right_password_begins_the_count_again(env: Env) {
    let node = env.node(FIVE).await;
    let client = node.client();
    let user = client.signed_in().await;
    for _ in 0..3 {
        guess(&client, &user.email, 4).await;
        assert_eq!(standing(&env, &user.email), "4|open");
        assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
        assert_eq!(standing(&env, &user.email), "0|open");
    }
    node.mailbox().assert_none(&env, &user.email, "account_locked").await;
}

#[apply(on_both_databases)]
async fn the_last_attempt_may_be_the_right_one(env: Env) {
    let node = env.node(&[("KINDRED_THROTTLE__PASSWORD_FAILURES", "1")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    guess(&client, &user.email, 1).await;
    wait_for_standing(&env, &user.email, "1|locked");
}

#[apply(on_both_databases)]
async fn an_account_has_one_count_however_it_is_spelled_and_wherever_from(env: Env) {
    let mut node = env.node(FIVE).await;
    let email = "john@example.com";
    let first = node.client();
    assert_eq!(first.register(email, PASSWORD).await.status, 201);
    let spellings = ["JOHN@example.com", " john@example.com", "ｊohn@example.com", "John@EXAMPLE.com", email];
    for (place, spelling) in spellings.into_iter().enumerate() {
        // A crash forgets nothing.
        tokio::task::block_in_place(|| node.restart());
        #[expect(clippy::disallowed_methods, reason = "a client of the server, not a call of the server")]
        let http = reqwest::Client::builder()
            .no_proxy()
            .local_address(format!("127.0.0.{}", place + 2).parse::<IpAddr>().ok())
            .build()
            .expect("a client");
        let request = http.request(Method::POST, format!("{}/api/v1/auth/login", node.base_url()));
        let request = request.json(&json!({"email": spelling, "password": WRONG}));
        send(request).await.assert_problem(401, "invalid_credentials");
        let expected = format!("{}|{}", place + 1, if place == 4 { "locked" } else { "open" });
        wait_for_standing(&env, email, &expected);
    }
    let client = node.client();
    client.login(email, PASSWORD).await.assert_problem(401, "invalid_credentials");
}

#[apply(on_both_databases)]
async fn an_attempt_that_a_crash_left_open_still_leads_to_the_lock(env: Env) {
    let node = env.node(FIVE).await;
    let client = node.client();
    let user = client.signed_in().await;
    prove_addresses(&env);
    // All attempts were counted, and then the process was gone.
    sql(&env, "UPDATE password_credentials SET failures = 5");
    client.login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    wait_for_standing(&env, &user.email, "5|locked");
    node.mailbox().wait_for(&user.email, "account_locked").await;
}
