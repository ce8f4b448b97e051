//! Second factors, passkeys, step-up and change of the password in cookie transport.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::jar::{Browser, LOGIN, REFRESH};
use super::transport::assert_only_cookies;
use crate::mfa::scene::STEP;
use crate::passkeys::scene::{Holder, LOGIN_OPTIONS, SERVICE, VERIFY, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;

const MFA: &str = "/api/v1/auth/mfa/verify";
const STEP_UP: &str = "/api/v1/auth/step-up";

fn browser(scene: &Scene) -> Browser {
    Browser::new(scene.client(), &format!("http://{}", scene.server.kindred.address()))
}

fn login(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "transport": "cookie"})
}

#[apply(on_both_databases)]
async fn a_login_in_two_steps(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let mut browser = browser(&scene);
    browser.fetch_csrf().await;
    let challenge = browser.post(LOGIN, login(person.email())).await;
    assert_eq!((challenge.status, challenge.header("set-cookie")), (200, None), "{challenge:?}");
    let code = person.app.code_at(scene.seconds());
    let challenge = challenge.text("/challenge_token");
    let body = json!({"challenge_token": challenge, "method": "totp", "code": code, "transport": "cookie",
        "trust_device": true});
    let mut bare = browser.clone();
    bare.csrf = None;
    bare.post(MFA, body.clone()).await.assert_problem(403, "csrf_failed");
    let done = browser.post(MFA, body).await;
    assert_only_cookies(&done);
    assert_eq!(done.body["session"]["aal"], 2);
    browser.get("/api/v1/me").await.assert_status(200);
    // The device cookie is what the next login is trusted for.
    scene.clock.advance(STEP);
    let again = browser.log_in(person.email()).await;
    assert_only_cookies(&again);
    assert_eq!(again.body["session"]["aal"], 1);

    // A step-up with the app, and what it is needed for.
    let removal = "/api/v1/me/mfa/totp";
    browser.send(Method::DELETE, removal, Value::Null).await.assert_problem(403, "step_up_required");
    let code = person.app.code_at(scene.seconds());
    let stepped = browser.post(STEP_UP, json!({"method": "totp", "code": code})).await;
    assert_only_cookies(&stepped);
    assert_eq!(stepped.body["session"]["aal"], 2);
    browser.send(Method::DELETE, removal, Value::Null).await.assert_status(204);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_passkey_logs_a_browser_in(env: Env) {
    let scene = Scene::start(&env, SERVICE).await;
    let holder = Holder::new(scene.client()).await;
    let mut browser = browser(&scene);
    browser.fetch_csrf().await;
    let begun = browser.post(LOGIN_OPTIONS, json!({})).await;
    let credential = holder.passkey.get(&begun.body["options"], &usual());
    let body = json!({"ceremony": begun.text("/ceremony"), "credential": credential, "transport": "cookie"});
    let mut bare = browser.clone();
    bare.csrf = None;
    bare.post(VERIFY, body.clone()).await.assert_problem(403, "csrf_failed");
    let done = browser.post(VERIFY, body).await;
    assert_only_cookies(&done);
    // And authenticates it again.
    scene.clock.advance(Duration::from_secs(301));
    let removal = format!("/api/v1/me/passkeys/{}", holder.id);
    browser.send(Method::DELETE, &removal, Value::Null).await.assert_problem(403, "step_up_required");
    let asked = browser.post("/api/v1/auth/step-up/challenge", json!({"method": "webauthn"})).await;
    asked.assert_status(200);
    let credential = holder.passkey.get(&asked.body, &usual());
    let stepped = browser.post(STEP_UP, json!({"method": "webauthn", "credential": credential})).await;
    assert_only_cookies(&stepped);
    browser.send(Method::DELETE, &removal, Value::Null).await.assert_status(204);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_change_of_the_password_keeps_the_browser_signed_in(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let mut own = browser(&scene);
    let email = own.signed_in().await;
    let mut other = browser(&scene);
    other.log_in(&email).await.assert_status(200);
    let change = json!({"current_password": PASSWORD, "new_password": "lantern orbit velvet drizzle"});
    let mut bare = own.clone();
    bare.csrf.clone_from(&other.csrf);
    let path = "/api/v1/auth/password/change";
    bare.post(path, change.clone()).await.assert_problem(403, "csrf_failed");
    let changed = own.post(path, change).await;
    assert_only_cookies(&changed);
    assert_eq!(changed.body["presented_generation"], 1);
    own.post(REFRESH, Value::Null).await.assert_status(200);
    other.get("/api/v1/me").await.assert_problem(401, "session_revoked");
    other.post(REFRESH, Value::Null).await.assert_problem(401, "session_revoked");
    assert!(other.find("kindred_rt_v1").is_none());
    scene.server.stop().await;
}
