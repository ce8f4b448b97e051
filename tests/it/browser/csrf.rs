//! Requests that pages of other sites make a browser send.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::jar::{Browser, LOGIN, LOGOUT, REFRESH};
use crate::http::common::{Document, concrete, needs_session};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send, unique_email};

const EVERYWHERE: &str = "/api/v1/auth/logout-all";
/// What takes nothing from a browser: whatever cookies come along, the body alone says what is done.
const WITHOUT_COOKIES: [&str; 9] = [
    "POST /api/v1/auth/email/change/confirm",
    "POST /api/v1/auth/email/verify/decline",
    "POST /api/v1/auth/email/verify/resend",
    "POST /api/v1/auth/federation/{provider}/backchannel-logout",
    "POST /api/v1/auth/federation/{provider}/callback",
    "POST /api/v1/auth/federation/{provider}/nonce",
    "POST /api/v1/auth/links/act",
    "POST /api/v1/auth/mfa/challenge",
    "POST /api/v1/auth/passkey/options",
];

#[apply(on_both_databases)]
async fn a_token_belongs_to_its_session(env: Env) {
    let mut node = env.node(&[]).await;
    let mut browser = Browser::new(&node.client(), node.base_url());
    let before = browser.fetch_csrf().await;
    browser.signed_in().await;
    let own = browser.csrf.clone().expect("a token");
    let mut other = Browser::new(&node.client(), node.base_url());
    other.signed_in().await;
    for wrong in [
        None,
        Some(String::new()),
        Some(before),
        other.csrf.clone(),
        Some("0".repeat(64)),
        Some(own.to_uppercase()),
    ] {
        browser.csrf = wrong.clone();
        browser.post(EVERYWHERE, Value::Null).await.assert_problem(403, "csrf_failed");
        browser.post(REFRESH, Value::Null).await.assert_problem(403, "csrf_failed");
        browser.post(LOGOUT, Value::Null).await.assert_problem(403, "csrf_failed");
    }
    browser.csrf = Some(own.clone());
    browser.user_agent = "curl/8";
    browser.post(EVERYWHERE, Value::Null).await.assert_problem(403, "csrf_failed");
    browser.user_agent = other.user_agent;
    browser.get("/api/v1/me").await.assert_status(200);
    // Each node derives the same key from the root keys.
    node.restart();
    let mut later = Browser::new(&node.client(), node.base_url());
    (later.jar, later.csrf) = (browser.jar.clone(), Some(own));
    later.post(EVERYWHERE, Value::Null).await.assert_status(200);
}

#[apply(on_both_databases)]
async fn every_route_with_effects_asks_for_the_token(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let mut browser = Browser::new(&client, node.base_url());
    browser.signed_in().await;
    browser.csrf = None;
    let mut seen = 0;
    for (path, method, operation) in document.operations() {
        if ["get", "head"].contains(&method) || !needs_session(operation) {
            continue;
        }
        let name: Method = method.to_uppercase().parse().expect("a method");
        let reply = browser.send(name, &concrete(path), Value::Null).await;
        assert_eq!((reply.status, reply.code()), (403, "csrf_failed"), "{method} {path}: {reply:?}");
        document.assert_has(method, path, 403);
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
    browser.get("/api/v1/me").await.assert_status(200);
}

/// Each operation with effects belongs to exactly one group, so that a new one has to be put into one of them.
#[apply(on_both_databases)]
async fn no_route_with_effects_is_left_out(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let mut browser = Browser::new(&client, node.base_url());
    browser.signed_in().await;
    browser.csrf = None;
    let mut untouched = Vec::new();
    for (path, method, operation) in document.operations() {
        if ["get", "head"].contains(&method) || needs_session(operation) {
            continue;
        }
        let name: Method = method.to_uppercase().parse().expect("a method");
        let schema = operation["requestBody"].pointer("/content/application~1json/schema/$ref");
        let schema = schema.and_then(Value::as_str).and_then(|name| document.0.pointer(&name[1..]));
        let body = schema.filter(|schema| schema["properties"].get("transport").is_some()).map(in_cookies);
        let is_of_cookie = [REFRESH, LOGOUT].contains(&path);
        let label = format!("{name} {path}");
        if body.is_none() && !is_of_cookie {
            untouched.push(label);
            continue;
        }
        let reply = browser.send(name, path, body.unwrap_or(Value::Null)).await;
        assert_eq!((reply.status, reply.code()), (403, "csrf_failed"), "{label}: {reply:?}");
        assert_eq!(reply.header("set-cookie"), None, "{label}");
        document.assert_has(method, path, 403);
    }
    untouched.sort_unstable();
    let known = WITHOUT_COOKIES.map(str::to_owned);
    assert!(untouched.iter().all(|label| known.contains(label)), "{untouched:?}");
    browser.get("/api/v1/me").await.assert_status(200);
}

/// A body with all members that are required, in cookie transport.
fn in_cookies(schema: &Value) -> Value {
    let mut body = json!({"transport": "cookie"});
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        body[name] = match name {
            "method" => json!("totp"),
            "ceremony" => json!("01919191-9191-7919-9919-919191919191"),
            "credential" => json!({}),
            _ => json!("text"),
        };
    }
    body
}

#[apply(on_both_databases)]
async fn pages_of_other_sites_change_nothing(env: Env) {
    let node = env.node(&[]).await;
    let mut browser = Browser::new(&node.client(), node.base_url());
    let email = browser.signed_in().await;
    let login = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
    for (origin, site) in [
        ("https://evil.example", "cross-site"),
        ("http://sibling.localhost", "same-site"),
        ("null", "cross-site"),
    ] {
        let mut page = browser.page_of(origin, site);
        // Even with a token that it has come by.
        page.csrf.clone_from(&browser.csrf);
        for (path, body) in
            [(LOGIN, login.clone()), (REFRESH, Value::Null), (LOGOUT, Value::Null), (EVERYWHERE, Value::Null)]
        {
            let reply = page.post(path, body).await;
            assert_eq!(
                (reply.status, reply.code()),
                (403, "origin_not_allowed"),
                "{origin} {path}: {reply:?}"
            );
            assert_eq!(reply.header("set-cookie"), None, "{origin} {path}");
            assert_eq!(reply.header("access-control-allow-origin"), None, "{origin} {path}");
        }
        // Without `Origin`, Fetch Metadata decides.
        page.origin = None;
        page.post(REFRESH, Value::Null).await.assert_problem(403, "origin_not_allowed");
    }
    // A form is no way in, either.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"] {
        let request =
            node.client().request(Method::POST, LOGIN).header("Content-Type", kind).body(login.to_string());
        send(request).await.assert_problem(415, "unsupported_media_type");
    }
    browser.post(REFRESH, Value::Null).await.assert_status(200);
}

#[apply(on_both_databases)]
async fn a_login_needs_the_token_of_its_browser(env: Env) {
    let node = env.node(&[]).await;
    let email = unique_email();
    node.client().register(&email, PASSWORD).await.assert_status(201);
    let login = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
    let mut attacker = Browser::new(&node.client(), node.base_url());
    let token = attacker.fetch_csrf().await;
    let mut victim = Browser::new(&node.client(), node.base_url());
    victim.csrf = Some(token);
    victim.post(LOGIN, login.clone()).await.assert_problem(403, "csrf_failed");
    victim.fetch_csrf().await;
    let (stale, pre_session) = (victim.csrf.clone(), victim.find("kindred_csrf_v1").cloned());
    victim.post(LOGIN, login.clone()).await.assert_status(200);
    // The token of before serves no longer, although its cookie is still there.
    assert!(pre_session.is_some());
    victim.csrf = stale;
    victim.post(LOGIN, login).await.assert_problem(403, "csrf_failed");
    // In bearer transport there is nothing that a browser would send by itself.
    node.client().login(&email, PASSWORD).await.assert_status(200);
}
