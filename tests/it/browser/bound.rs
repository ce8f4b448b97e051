//! The tokens of a session count in the transport of its login only.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::jar::{Browser, LOGOUT, REFRESH};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};

const ME: &str = "/api/v1/me";

#[apply(on_both_databases)]
async fn the_tokens_of_cookies_are_none_of_bodies(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut browser = Browser::new(&client, node.base_url());
    browser.signed_in().await;
    let (access, refresh) = (browser.cookie("kindred_at_v1"), browser.cookie("kindred_rt_v1"));
    client.me(&access).await.assert_problem(401, "token_invalid");
    client.logout_all(&access).await.assert_problem(401, "token_invalid");
    client.refresh(&refresh, None).await.assert_problem(401, "refresh_token_invalid");
    // An application that gets the cookie may have it checked.
    client.verify(&access).await.assert_status(204);
    // Nor does the body of a request with cookies take its tokens out of them.
    let body = json!({"refresh_token": refresh});
    browser.post(REFRESH, body).await.assert_problem(401, "refresh_token_invalid");
    let body = json!({"method": "password", "password": PASSWORD, "refresh_token": refresh});
    browser.post("/api/v1/auth/step-up", body).await.assert_problem(401, "refresh_token_invalid");
    // The session has not changed.
    browser.get(ME).await.assert_status(200);
    browser.post(REFRESH, Value::Null).await.assert_status(200);
}

/// Otherwise someone who can plant cookies logs the browser in to their own account.
#[apply(on_both_databases)]
async fn bearer_tokens_are_none_of_cookies(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let mut browser = Browser::new(&client, node.base_url());
    browser.plant("kindred_at_v1", &user.access);
    browser.get(ME).await.assert_problem(401, "token_invalid");
    browser.plant("kindred_rt_v1", &user.refresh);
    browser.fetch_csrf().await;
    browser.post(REFRESH, Value::Null).await.assert_problem(401, "refresh_token_invalid");
    let cookie = format!("kindred_at_v1={}", user.access);
    let request = client.request(Method::GET, "/api/v1/auth/verify-token").header("Cookie", cookie);
    send(request).await.assert_problem(401, "token_invalid");
    // The session has not changed, and logging out in the browser deletes what was planted.
    client.me(&user.access).await.assert_status(200);
    client.refresh(&user.refresh, None).await.assert_status(200);
    browser.fetch_csrf().await;
    browser.post(LOGOUT, Value::Null).await.assert_status(204);
}
