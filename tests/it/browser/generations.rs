//! Generations of cookies: a change of them, and attributes that change without one.

use macro_rules_attribute::apply;
use reqwest::header::SET_COOKIE;
use serde_json::Value;

use super::jar::{Browser, LOGOUT, REFRESH};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Reply;
use crate::support::process::Node;

const URL: (&str, &str) = ("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com");
const ORIGIN: &str = "https://id.example.com";
const DOMAIN: (&str, &str) = ("KINDRED_COOKIE__DOMAIN", "example.com");
const SECOND: (&str, &str) = ("KINDRED_COOKIE__GENERATION", "v2");
const ACCEPT_FIRST: (&str, &str) = ("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1");
const WARNING: &str = "set cookie.generation to ";

/// The same browser at another node.
fn moved(browser: &Browser, node: &Node) -> Browser {
    let mut moved = Browser::new(&node.client(), ORIGIN);
    (moved.jar, moved.csrf) = (browser.jar.clone(), browser.csrf.clone());
    moved
}

fn deleted(reply: &Reply) -> Vec<&str> {
    let lines = reply.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().expect("ASCII"));
    lines.filter(|line| line.contains("Max-Age=0")).collect()
}

#[apply(on_both_databases)]
async fn a_session_moves_to_the_next_generation(env: Env) {
    let first = env.node(&[URL]).await;
    let mut browser = Browser::new(&first.client(), ORIGIN);
    browser.signed_in().await;
    let email = browser.signed_in().await;
    drop(first);
    let second = env.node(&[URL, DOMAIN, SECOND, ACCEPT_FIRST]).await;
    assert!(!second.logs().contains(WARNING), "the attributes belong to another generation");
    let mut browser = moved(&browser, &second);
    browser.get("/api/v1/me").await.assert_status(200);
    let refreshed = browser.post(REFRESH, Value::Null).await;
    refreshed.assert_status(200);
    assert_eq!(refreshed.body["presented_generation"], 1);
    let names: Vec<&str> = browser.jar.iter().map(|stored| stored.name.as_str()).collect();
    for name in ["__Secure-kindred_at_v2", "__Host-kindred_rt_v2", "__Host-kindred_gen_v2"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for gone in ["kindred_at_v1", "kindred_rt_v1", "kindred_gen_v1"] {
        assert!(browser.find(gone).is_none(), "{gone} is replaced: {names:?}");
    }
    browser.post(REFRESH, Value::Null).await.assert_status(200);
    // A logout is one of all generations.
    let out = browser.post(LOGOUT, Value::Null).await;
    out.assert_status(204);
    let lines = deleted(&out);
    for start in [
        "__Secure-kindred_at_v2=",
        "__Host-kindred_at_v1=",
        "__Host-kindred_rt_v1=",
        "__Host-kindred_gen_v2=",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(start)), "{start}: {lines:?}");
    }
    assert!(lines.iter().all(|line| !line.contains("device")), "{lines:?}");
    assert!(lines[0].contains("Domain=example.com"), "{lines:?}");
    // What is set before a login is of the oldest generation; the known device is of both.
    let mut fresh = Browser::new(&second.client(), ORIGIN);
    fresh.fetch_csrf().await;
    assert!(fresh.find("kindred_csrf_v1").is_some() && fresh.find("kindred_csrf_v2").is_none());
    browser.log_in(&email).await.assert_status(200);
    assert_eq!(browser.cookie("kindred_device_v2").split('~').count(), 2, "those of before are not lost");
}

#[apply(on_both_databases)]
async fn attributes_that_change_without_a_generation_are_noticed(env: Env) {
    let first = env.node(&[URL]).await;
    assert!(!first.logs().contains(WARNING), "{}", first.logs());
    drop(first);
    let mut same = env.node(&[URL]).await;
    same.restart();
    assert!(!same.logs().contains(WARNING), "{}", same.logs());
    drop(same);
    let changed = env.node(&[URL, DOMAIN]).await;
    let logs = changed.logged("set cookie.generation to v2").await;
    assert!(logs.contains("https, no domain") && logs.contains("https, domain example.com"), "{logs}");
    // A logout deletes what either of them has set.
    let mut browser = Browser::new(&changed.client(), ORIGIN);
    browser.signed_in().await;
    let out = browser.post(LOGOUT, Value::Null).await;
    let lines = deleted(&out);
    assert!(lines.iter().any(|line| line.starts_with("__Host-kindred_at_v1=;")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("__Secure-kindred_at_v1=;")), "{lines:?}");
    drop(changed);
    // The next one that was never used.
    drop(env.node(&[URL, DOMAIN, SECOND]).await);
    let plain = env.node(&[("KINDRED_SERVER__PUBLIC_URL", "http://localhost:8080"), SECOND]).await;
    plain.logged("set cookie.generation to v3").await;
}
