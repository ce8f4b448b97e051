//! Tokens in cookies.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

use super::jar::{Browser, LOGIN, LOGOUT, REFRESH};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send, unique_email};
use crate::support::process::Node;
use crate::support::sql::sql;

const ME: &str = "/api/v1/me";

fn browser(node: &Node) -> Browser {
    Browser::new(&node.client(), node.base_url())
}

/// The answer sets one cookie of each name, and its body has no token.
#[track_caller]
pub fn assert_only_cookies(reply: &Reply) {
    reply.assert_status(200);
    let body = reply.body.to_string();
    assert!(!body.contains("kr1_") && !body.contains("kd2_") && !body.contains("eyJ"), "{body}");
    let lines = reply.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().expect("ASCII"));
    let mut names: Vec<&str> = lines.map(|line| line.split('=').next().unwrap_or_default()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert!(count >= 3 && names.len() == count, "{names:?}");
}

#[apply(on_both_databases)]
async fn a_session_lives_in_cookies(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = browser(&node);
    let email = unique_email();
    node.client().register(&email, PASSWORD).await.assert_status(201);
    let login = browser.log_in(&email).await;
    assert_only_cookies(&login);
    let session = login.session_id();
    assert_eq!(login.body["session"]["generation"], 1);
    assert_eq!(browser.cookie("kindred_gen_v1"), format!("{session}.1"));
    browser.get(ME).await.assert_status(200);
    assert_eq!(
        browser.get("/api/v1/auth/verify-token").await.header("x-auth-session"),
        Some(session.as_str())
    );

    let refreshed = browser.post(REFRESH, Value::Null).await;
    assert_only_cookies(&refreshed);
    assert_eq!(refreshed.body["presented_generation"], 1);
    assert_eq!(browser.cookie("kindred_gen_v1"), format!("{session}.2"));
    let stepped =
        browser.post("/api/v1/auth/step-up", json!({"method": "password", "password": PASSWORD})).await;
    assert_only_cookies(&stepped);
    assert_eq!(
        (&stepped.body["presented_generation"], &stepped.body["session"]["generation"]),
        (&json!(2), &json!(3))
    );
    let change = json!({"current_password": PASSWORD, "new_password": "lantern orbit velvet drizzle"});
    let changed = browser.post("/api/v1/auth/password/change", change).await;
    assert_only_cookies(&changed);
    assert_eq!(browser.cookie("kindred_gen_v1"), format!("{session}.4"));

    let out = browser.post(LOGOUT, Value::Null).await;
    out.assert_status(204);
    assert_eq!(out.header("clear-site-data"), Some("\"cache\""));
    for gone in ["kindred_at_v1", "kindred_rt_v1", "kindred_gen_v1"] {
        assert!(browser.find(gone).is_none(), "{gone}");
    }
    assert!(browser.find("kindred_device_v1").is_some());
    browser.get(ME).await.assert_problem(401, "token_missing");
}

#[apply(on_both_databases)]
async fn a_login_replaces_the_session_of_the_browser(env: Env) {
    let node = env.node(&[("KINDRED_SESSIONS__MAX_PER_USER", "1")]).await;
    let mut browser = browser(&node);
    let first = browser.signed_in().await;
    let access = browser.cookie("kindred_at_v1");
    // Someone else logs in on the same browser.
    browser.signed_in().await;
    assert_ne!(browser.cookie("kindred_at_v1"), access);
    node.client().verify(&access).await.assert_problem(401, "session_revoked");
    let replaced = "SELECT count(*) FROM session_families WHERE revoke_reason = 'replaced'";
    assert_eq!(sql(&env, replaced).trim(), "1");
    // A login that fails replaces nothing.
    let kept = browser.cookie("kindred_at_v1");
    browser.fetch_csrf().await;
    let wrong = json!({"email": first, "password": "wrong horse", "transport": "cookie"});
    browser.post(LOGIN, wrong).await.assert_problem(401, "invalid_credentials");
    node.client().verify(&kept).await.assert_status(204);
}

#[apply(on_both_databases)]
async fn cookies_and_token_of_two_sessions_are_refused(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = browser(&node);
    browser.signed_in().await;
    let other = node.client().signed_in().await;
    let cookie = format!("kindred_at_v1={}", browser.cookie("kindred_at_v1"));
    let mixed = node.client().request(Method::GET, ME).bearer_auth(&other.access).header("Cookie", &cookie);
    send(mixed).await.assert_problem(400, "invalid_request");
    let refresh = node.client().request(Method::POST, REFRESH).header("Cookie", &cookie);
    send(refresh.json(&json!({"refresh_token": other.refresh}))).await.assert_problem(400, "invalid_request");
    // Neither session has changed.
    node.client().refresh(&other.refresh, None).await.assert_status(200);
    browser.post(REFRESH, Value::Null).await.assert_status(200);
}

#[apply(on_both_databases)]
async fn only_a_definite_end_deletes_cookies(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = browser(&node);
    browser.signed_in().await;
    let mut elsewhere = browser.clone();
    elsewhere.post("/api/v1/auth/logout-all", Value::Null).await.assert_status(200);
    let refused = browser.get(ME).await;
    refused.assert_problem(401, "session_revoked");
    assert_eq!(refused.header("set-cookie"), None);
    let mut late = browser.clone();
    let ended = browser.post(REFRESH, Value::Null).await;
    ended.assert_problem(401, "session_revoked");
    assert!(browser.find("kindred_rt_v1").is_none() && browser.find("kindred_device_v1").is_some());
    browser.post(REFRESH, Value::Null).await.assert_problem(401, "token_missing");
    // Logging out of a session that has ended works, with its own token.
    late.post(LOGOUT, Value::Null).await.assert_status(204);
    assert!(late.find("kindred_at_v1").is_none());
}

#[apply(on_both_databases)]
async fn a_browser_is_a_known_device_of_several_accounts(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = browser(&node);
    let first = browser.signed_in().await;
    let known = browser.cookie("kindred_device_v1");
    let second = browser.signed_in().await;
    assert_eq!(browser.cookie("kindred_device_v1").split('~').count(), 2);
    browser.log_in(&first).await.assert_status(200);
    browser.log_in(&second).await.assert_status(200);
    assert_eq!(browser.cookie("kindred_device_v1").split('~').count(), 2, "one token for each account");
    assert!(!browser.cookie("kindred_device_v1").contains(&known), "each login gives a new one");
    for _ in 0..5 {
        browser.signed_in().await;
    }
    assert_eq!(browser.cookie("kindred_device_v1").split('~').count(), 5);
}
