//! A login from a device that was not seen before is told to the owner.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::sql::sql;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEWER_FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const TEMPLATE: &str = "new_device";

async fn login(client: &Client, email: &str, user_agent: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/auth/login").header("User-Agent", user_agent);
    let reply = send(request.json(&json!({"email": email, "password": PASSWORD}))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

#[apply(on_both_databases)]
async fn a_device_is_new_once_and_never_the_first(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let email = unique_email();
    assert_eq!(client.register(&email, PASSWORD).await.status, 201);
    prove_addresses(&env);
    login(&client, &email, FIREFOX).await;
    login(&client, &email, NEWER_FIREFOX).await;
    mailbox.assert_none(&env, &email, TEMPLATE).await;

    let first = login(&client, &email, IPHONE).await;
    let mail = mailbox.wait_for(&email, TEMPLATE).await;
    assert!(mail.text.contains("Safari on iPhone"), "{}", mail.text);
    assert!(mail.text.contains("127.0.0.0/24"), "{}", mail.text);
    // Also when all of its sessions have ended.
    assert_eq!(client.logout(&first.access()).await.status, 204);
    login(&client, &email, IPHONE).await;
    login(&client, &email, FIREFOX).await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&email, TEMPLATE).len(), 1);
}

/// Apps and scripts have no browser: their product tells them apart.
#[apply(on_both_databases)]
async fn a_script_is_another_device_than_an_app(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let email = unique_email();
    assert_eq!(client.register(&email, PASSWORD).await.status, 201);
    prove_addresses(&env);
    login(&client, &email, "AcmeApp/412 CFNetwork/1410.0.3 Darwin/22.6.0").await;
    login(&client, &email, "AcmeApp/413 CFNetwork/1568.1 Darwin/24.0.0").await;
    mailbox.assert_none(&env, &email, TEMPLATE).await;
    login(&client, &email, "python-requests/2.31.0").await;
    let mail = mailbox.wait_for(&email, TEMPLATE).await;
    assert!(mail.text.contains("python-requests"), "{}", mail.text);
}

#[apply(on_both_databases)]
async fn of_many_logins_at_once_one_is_the_first(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let user = client.signed_in().await;
    prove_addresses(&env);
    join_all((0..8).map(async |_| login(&client, &user.email, IPHONE).await)).await;
    mailbox.wait_for(&user.email, TEMPLATE).await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&user.email, TEMPLATE).len(), 1);
}

#[apply(on_both_databases)]
async fn a_login_that_fails_tells_nothing_of_devices(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    sql(&env, "UPDATE users SET status = 'disabled'");
    let request = client.request(Method::POST, "/api/v1/auth/login").header("User-Agent", IPHONE);
    let reply = send(request.json(&json!({"email": user.email, "password": PASSWORD}))).await;
    reply.assert_problem(403, "account_not_active");
    node.mailbox().assert_none(&env, &user.email, TEMPLATE).await;
}
