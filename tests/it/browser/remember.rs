//! Sessions that end with the browser.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::jar::{Browser, LOGIN, REFRESH};
use crate::mfa::scene::STEP;
use crate::passkeys::scene::{Holder, LOGIN_OPTIONS, SERVICE, VERIFY, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::scene::Scene;

const SESSION: [&str; 3] = ["kindred_at_v1", "kindred_rt_v1", "kindred_gen_v1"];
const HALF_A_DAY: u64 = 12 * 3_600;
const MONTH: u64 = 30 * 86_400;

fn browser(scene: &Scene) -> Browser {
    let address = format!("http://{}", scene.server.kindred.address());
    Browser::new(scene.client(), &address)
}

/// The cookies of the session live this long (in seconds), or as long as the browser.
#[track_caller]
fn assert_life(browser: &Browser, life: Option<u64>) {
    for name in SESSION {
        let stored = browser.find(name).expect(name);
        let found = stored.attributes.iter().find_map(|attribute| attribute.strip_prefix("Max-Age="));
        assert_eq!(found.map(|seconds| seconds.parse().expect("seconds")), life, "{stored:?}");
    }
    assert!(
        browser.find("kindred_device_v1").is_some_and(|stored| {
            stored.attributes.iter().any(|attribute| attribute == "Max-Age=34560000")
        })
    );
}

#[apply(on_both_databases)]
async fn a_session_that_is_not_remembered_ends_with_the_browser(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let email = unique_email();
    scene.client().register(&email, PASSWORD).await.assert_status(201);
    let mut browser = browser(&scene);
    browser.fetch_csrf().await;
    let body = json!({"email": email, "password": PASSWORD, "transport": "cookie", "remember": false});
    let login = browser.post(LOGIN, body).await;
    login.assert_status(200);
    assert_eq!(login.body["refresh_expires_in"], HALF_A_DAY);
    assert_life(&browser, None);
    // The successors are of the same kind.
    scene.clock.advance(Duration::from_secs(HALF_A_DAY - 60));
    let refreshed = browser.post(REFRESH, Value::Null).await;
    refreshed.assert_status(200);
    assert_eq!(refreshed.body["refresh_expires_in"], HALF_A_DAY);
    assert_life(&browser, None);
    let step_up = json!({"method": "password", "password": PASSWORD});
    let stepped = browser.post("/api/v1/auth/step-up", step_up).await;
    stepped.assert_status(200);
    assert_eq!(stepped.body["refresh_expires_in"], HALF_A_DAY);
    assert_life(&browser, None);
    scene.clock.advance(Duration::from_secs(HALF_A_DAY));
    browser.fetch_csrf().await;
    browser.post(REFRESH, Value::Null).await.assert_problem(401, "session_expired");
    // By default a session is remembered.
    let login = browser.log_in(&email).await;
    assert_eq!(login.body["refresh_expires_in"], MONTH);
    assert_life(&browser, Some(MONTH));
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn both_steps_of_a_login_agree(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    for (remember, life) in [(json!(false), None), (json!(true), Some(MONTH))] {
        let mut browser = browser(&scene);
        browser.fetch_csrf().await;
        let email = person.email();
        let body = json!({"email": email, "password": PASSWORD, "transport": "cookie", "remember": remember});
        let challenge = browser.post(LOGIN, body).await.text("/challenge_token");
        let code = person.app.code_at(scene.seconds());
        let body =
            json!({"challenge_token": challenge, "method": "totp", "code": code, "transport": "cookie"});
        browser.post("/api/v1/auth/mfa/verify", body).await.assert_status(200);
        assert_life(&browser, life);
        browser.post(REFRESH, Value::Null).await.assert_status(200);
        assert_life(&browser, life);
        scene.clock.advance(STEP);
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn passkeys_and_bearer_sessions_can_be_short(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let mut browser = Browser::new(&client, node.base_url());
    browser.fetch_csrf().await;
    let begun = browser.post(LOGIN_OPTIONS, json!({})).await;
    let credential = holder.passkey.get(&begun.body["options"], &usual());
    let ceremony = begun.text("/ceremony");
    let body =
        json!({"ceremony": ceremony, "credential": credential, "transport": "cookie", "remember": false});
    browser.post(VERIFY, body).await.assert_status(200);
    assert_life(&browser, None);
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    let body = json!({"email": email, "password": PASSWORD, "remember": false});
    let login = client.post(LOGIN, body).await;
    assert!(login.body["refresh_expires_in"].as_u64().is_some_and(|life| life <= HALF_A_DAY), "{login:?}");
}
