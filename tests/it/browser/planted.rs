//! Cookies that another host of the site plants, and that frameworks would take for the server's own.

use macro_rules_attribute::apply;
use serde_json::Value;

use super::jar::{Browser, REFRESH};
use crate::support::backend::{Env, on_both_databases};

const ORIGIN: &str = "https://id.example.com";

/// Spellings that some parser turns into `__Host-…`, but a browser does not.
const SPELLINGS: [&str; 9] = [
    "\u{2000}__Host-",
    "\u{a0}__Host-",
    "\u{85}__Host-",
    "\u{3000}__Host-",
    "%5F%5FHost-",
    "%5f%5fHost%2d",
    "\"__Host-",
    "x__Host-",
    "",
];

#[apply(on_both_databases)]
async fn planted_cookies_count_for_nothing(env: Env) {
    let node = env.node(&[("KINDRED_SERVER__PUBLIC_URL", ORIGIN)]).await;
    let mut attacker = Browser::new(&node.client(), ORIGIN);
    attacker.signed_in().await;
    assert!(attacker.jar.iter().all(|stored| stored.name.starts_with("__Host-")), "{:?}", attacker.jar);
    assert!(attacker.jar.iter().all(|stored| stored.attributes.iter().any(|name| name == "Secure")));
    let mut victim = Browser::new(&node.client(), ORIGIN);
    victim.signed_in().await;
    let session = victim.cookie("kindred_gen_v1");
    for spelling in SPELLINGS {
        for mut browser in [Browser::new(&node.client(), ORIGIN), victim.clone()] {
            let is_victim = !browser.jar.is_empty();
            for stem in ["kindred_at_v1", "kindred_rt_v1", "kindred_csrf_v1", "kindred_device_v1"] {
                browser.plant(&format!("{spelling}{stem}"), &attacker.cookie(stem));
            }
            let seen = browser.get("/api/v1/auth/verify-token").await;
            if is_victim {
                seen.assert_status(204);
                assert_eq!(seen.header("x-auth-session"), session.split('.').next(), "{spelling:?}");
            } else {
                seen.assert_problem(401, "token_missing");
                browser.csrf.clone_from(&attacker.csrf);
                browser.post(REFRESH, Value::Null).await.assert_problem(401, "token_missing");
            }
        }
    }
    victim.post(REFRESH, Value::Null).await.assert_status(200);
    attacker.post(REFRESH, Value::Null).await.assert_status(200);
}

/// Over plain http there is no prefix, and a sibling can set the very name.
#[apply(on_both_databases)]
async fn two_cookies_of_one_name_are_no_matter_of_order(env: Env) {
    let node = env.node(&[]).await;
    let mut attacker = Browser::new(&node.client(), node.base_url());
    attacker.signed_in().await;
    let mut victim = Browser::new(&node.client(), node.base_url());
    victim.signed_in().await;
    let session = victim.cookie("kindred_gen_v1");
    let mut nonsense = victim.clone();
    nonsense.plant("kindred_at_v1", "nonsense");
    let seen = nonsense.get("/api/v1/auth/verify-token").await;
    assert_eq!(seen.header("x-auth-session"), session.split('.').next());
    let mut doubled = victim.clone();
    doubled.plant("kindred_at_v1", &attacker.cookie("kindred_at_v1"));
    doubled.get("/api/v1/me").await.assert_problem(400, "invalid_request");
    doubled.planted = Vec::new();
    doubled.plant("kindred_rt_v1", &attacker.cookie("kindred_rt_v1"));
    doubled.post(REFRESH, Value::Null).await.assert_problem(400, "invalid_request");
    victim.post(REFRESH, Value::Null).await.assert_status(200);
}
