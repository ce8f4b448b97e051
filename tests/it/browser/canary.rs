//! A generation of cookies is given to a share of the users.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::jar::{Browser, REFRESH};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

const NEXT: [(&str, &str); 2] =
    [("KINDRED_COOKIE__GENERATION", "v2"), ("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1")];

fn set(node: &Node, percent: &str) {
    tokio::task::block_in_place(|| node.run(&["canary", "set", percent]));
}

fn show(node: &Node) -> Value {
    let shown = tokio::task::block_in_place(|| node.run(&["canary", "show", "--json"]));
    serde_json::from_str(&shown).expect("JSON")
}

/// Refreshes until the browser has the cookies of this generation, and none of the other.
async fn moves_to(browser: &mut Browser, generation: &str, other: &str) {
    let has = |browser: &Browser, generation: &str| {
        ["at", "rt", "gen"].map(|stem| browser.find(&format!("kindred_{stem}_{generation}")).is_some())
    };
    eventually(&format!("the browser has cookies of {generation}"), async || {
        browser.post(REFRESH, Value::Null).await.assert_status(200);
        (has(browser, generation) == [true; 3]).then_some(())
    })
    .await;
    assert_eq!(has(browser, other), [false; 3], "{:?}", browser.jar);
}

#[apply(on_both_databases)]
async fn nodes_follow_the_share_and_accept_both_generations(env: Env) {
    let node = env.node(&NEXT).await;
    assert_eq!(
        show(&node),
        json!({"generation": "v2", "percent": 100, "is_set": false, "previous": "v1"}),
        "everyone, where nothing was set"
    );
    let mut browser = Browser::new(&node.client(), node.base_url());
    browser.signed_in().await;
    assert!(browser.find("kindred_rt_v2").is_some(), "{:?}", browser.jar);
    assert!(browser.find("kindred_csrf_v1").is_some(), "before login the oldest counts");
    // Another node of the same database follows as well.
    let second = if env.backend() == Backend::Postgres { Some(env.node(&NEXT).await) } else { None };
    set(&node, "0");
    assert_eq!(show(&node)["percent"], 0);
    moves_to(&mut browser, "v1", "v2").await;
    if let Some(second) = &second {
        let mut other = Browser::new(&second.client(), second.base_url());
        other.signed_in().await;
        moves_to(&mut other, "v1", "v2").await;
    }
    set(&node, "100");
    moves_to(&mut browser, "v2", "v1").await;
    browser.get("/api/v1/me").await.assert_status(200);
    // A share that was set before the start holds from the first request on.
    set(&node, "0");
    drop(second);
    let started = if env.backend() == Backend::Postgres { env.node(&NEXT).await } else { node };
    let mut late = Browser::new(&started.client(), started.base_url());
    late.signed_in().await;
    moves_to(&mut late, "v1", "v2").await;
}

#[apply(on_both_databases)]
async fn the_counts_name_the_generation(env: Env) {
    let node = env.node(&NEXT).await;
    let count = async |name: &str, labels: &[(&str, &str)]| metric(&node, name, labels).await;
    let mut browser = Browser::new(&node.client(), node.base_url());
    browser.signed_in().await;
    let (current, previous) = (("generation", "current"), ("generation", "previous"));
    assert_eq!(
        count("auth_login_total", &[("method", "password"), ("outcome", "success"), current]).await,
        1.0
    );
    // The cookie of before the login is of the oldest generation.
    assert_eq!(count("auth_csrf_total", &[("outcome", "valid"), previous]).await, 1.0);
    browser.post(REFRESH, Value::Null).await.assert_status(200);
    assert_eq!(count("auth_csrf_total", &[("outcome", "valid"), current]).await, 1.0);
    assert_eq!(count("auth_refresh_total", &[("outcome", "rotated"), current]).await, 1.0);
    assert_eq!(count("auth_refresh_duration_seconds_count", &[current]).await, 1.0);
    browser.csrf = None;
    browser.post(REFRESH, Value::Null).await.assert_problem(403, "csrf_failed");
    assert_eq!(count("auth_csrf_total", &[("outcome", "invalid"), current]).await, 1.0);
    assert_eq!(count("auth_refresh_total", &[("outcome", "rotated"), previous]).await, 0.0);
    // Tokens in bodies are of no generation.
    let user = node.client().signed_in().await;
    node.client().refresh(&user.refresh, None).await.assert_status(200);
    let none = ("generation", "none");
    assert_eq!(count("auth_refresh_total", &[("outcome", "rotated"), none]).await, 1.0);
    assert_eq!(count("auth_login_total", &[("method", "password"), ("outcome", "success"), none]).await, 1.0);
    assert_eq!(count("auth_canary_share", &[]).await, 1.0);
}

#[apply(on_both_databases)]
async fn a_share_needs_another_generation(env: Env) {
    let node = env.node(&[]).await;
    for (percent, code) in [("50", 1), ("101", 2), ("many", 2), ("100", 0)] {
        let output = tokio::task::block_in_place(|| node.try_run(&["canary", "set", percent]));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{percent}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(show(&node), json!({"generation": "v1", "percent": 100, "is_set": true, "previous": null}));
}
