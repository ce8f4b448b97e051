//! Registrations and links in cookie transport.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::jar::Browser;
use crate::accounts::scene::{FORGOT, NEW_PASSWORD, REQUIRED, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::process::Node;

const REGISTER: &str = "/api/v1/auth/register";

async fn browser(node: &Node) -> Browser {
    let mut browser = Browser::new(&node.client(), node.base_url());
    browser.fetch_csrf().await;
    browser
}

fn registration(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "transport": "cookie"})
}

async fn link(node: &Node, email: &str) -> String {
    node.mailbox().wait_for(email, "verify_email").await.token()
}

#[apply(on_both_databases)]
async fn the_browser_that_has_registered_verifies_by_the_link_alone(env: Env) {
    let node = env.node(&[REQUIRED]).await;
    let email = unique_email();
    let mut own = browser(&node).await;
    let registered = own.post(REGISTER, registration(&email)).await;
    assert_eq!((registered.status, &registered.body), (202, &json!({"status": "verification_sent"})));
    let secret = own.find("kindred_reg_v1").expect("a cookie");
    assert!(secret.attributes.iter().any(|attribute| attribute == "Max-Age=86400"), "{secret:?}");
    let token = link(&node, &email).await;
    let body = json!({"token": token, "transport": "cookie"});
    // Another browser has no secret, and in bearer transport no cookie counts.
    let mut other = browser(&node).await;
    assert_ne!(other.post(VERIFY, body.clone()).await.status, 200);
    assert_ne!(own.post(VERIFY, json!({"token": token})).await.status, 200);
    let mut bare = own.clone();
    bare.csrf = None;
    bare.post(VERIFY, body.clone()).await.assert_problem(403, "csrf_failed");
    let verified = own.post(VERIFY, body).await;
    assert_eq!((verified.status, &verified.body), (200, &json!({})), "{verified:?}");
    assert!(own.find("kindred_reg_v1").is_none() && own.find("kindred_device_v1").is_some());
    own.log_in(&email).await.assert_status(200);
}

#[apply(on_both_databases)]
async fn a_taken_address_looks_the_same(env: Env) {
    let node = env.node(&[REQUIRED]).await;
    let email = unique_email();
    let mut first = browser(&node).await;
    first.post(REGISTER, registration(&email)).await.assert_status(202);
    let token = link(&node, &email).await;
    first.post(VERIFY, json!({"token": token, "transport": "cookie"})).await.assert_status(200);
    let mut second = browser(&node).await;
    let taken = second.post(REGISTER, registration(&email)).await;
    assert_eq!((taken.status, &taken.body), (202, &json!({"status": "verification_sent"})));
    assert!(second.find("kindred_reg_v1").is_some());
}

#[apply(on_both_databases)]
async fn a_reset_makes_the_browser_a_known_one(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = browser(&node).await;
    let email = browser.signed_in().await;
    let before = browser.cookie("kindred_device_v1");
    let forgot = json!({"email": email, "transport": "cookie"});
    let mut bare = browser.clone();
    bare.csrf = None;
    bare.post(FORGOT, forgot.clone()).await.assert_problem(403, "csrf_failed");
    browser.post(FORGOT, forgot).await.assert_status(202);
    let token = node.mailbox().wait_for(&email, "reset_password").await.token();
    let body = json!({"token": token, "new_password": NEW_PASSWORD, "transport": "cookie"});
    let reset = browser.post(RESET, body).await;
    assert_eq!((reset.status, &reset.body), (200, &json!({})), "{reset:?}");
    let after = browser.cookie("kindred_device_v1");
    assert_ne!(before, after);
    assert_eq!(after.split('~').count(), 1, "one token of the account, although it is another device now");
    assert_eq!(before.split('.').next(), after.split('.').next(), "under the account's key");
}
