//! Failed logins, second factors and passkeys of one network.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;

use super::visitor::{LIMITED, Visitor, limited_and};
use crate::login::known_devices::token_of_login;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;

const ADDRESS: &str = "192.0.2.7";

#[apply(on_both_databases)]
async fn failures_fill_the_burst_and_known_devices_pass(env: Env) {
    let scene = Scene::start(&env, LIMITED).await;
    let user = scene.client().signed_in().await;
    let token = token_of_login(scene.client(), &user.email).await;
    let visitor = Visitor::new(scene.client(), ADDRESS);

    let first = visitor.guess().await;
    first.assert_problem(401, "invalid_credentials");
    let policy = "\"login\";q=60;w=120, \"login_hard\";q=300;w=3600";
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    assert_eq!(first.header("ratelimit"), Some("\"login\";r=59;t=2, \"login_hard\";r=299;t=12"));

    let (evaluated, refused) = visitor.guess_until_refused().await;
    assert_eq!(evaluated, 59);
    // A client that cannot solve the CAPTCHA is told how long to wait.
    refused.assert_problem(403, "captcha_required");
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert_eq!(refused.body["retry_after"], 2);
    assert_eq!(refused.header("ratelimit"), Some("\"login\";r=0;t=120, \"login_hard\";r=240;t=720"));
    visitor.login(&user.email, PASSWORD).await.assert_problem(403, "captcha_required");
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "login")]).await, 2.0);

    let known = json!({"email": user.email, "password": PASSWORD, "device_token": token});
    visitor.post("/api/v1/auth/login", known.clone()).await.assert_status(200);
    let wrong = json!({"email": user.email, "password": "wrong horse", "device_token": token});
    visitor.post("/api/v1/auth/login", wrong).await.assert_problem(401, "invalid_credentials");
    let elsewhere = Visitor::new(scene.client(), "192.0.2.8").login(&user.email, PASSWORD).await;
    elsewhere.assert_status(200);

    scene.clock.advance(Duration::from_secs(2));
    visitor.login(&user.email, PASSWORD).await.assert_status(200);
    visitor.login(&user.email, PASSWORD).await.assert_status(200);
    visitor.guess().await.assert_problem(401, "invalid_credentials");
    visitor.login(&user.email, PASSWORD).await.assert_problem(403, "captcha_required");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn second_factors_and_passkeys_count_with_the_passwords(env: Env) {
    let scene = Scene::start(&env, &limited_and(&[("KINDRED_THROTTLE__LOGIN_BURST", "6")])).await;
    let visitor = Visitor::new(scene.client(), ADDRESS);
    let factor = json!({"challenge_token": "kc1_none", "method": "totp", "code": "123456"});
    let verify = "/api/v1/auth/mfa/verify";
    for _ in 0..2 {
        visitor.post(verify, factor.clone()).await.assert_problem(401, "challenge_invalid");
    }
    let (_, options) = {
        let reply = visitor.post("/api/v1/auth/passkey/options", json!({})).await;
        (reply.status, reply.body)
    };
    let passkey = json!({"ceremony": options["ceremony"], "credential": assertion()});
    let login = "/api/v1/auth/passkey/verify";
    for _ in 0..2 {
        visitor.post(login, passkey.clone()).await.assert_status(401);
    }
    for _ in 0..2 {
        visitor.guess().await.assert_problem(401, "invalid_credentials");
    }
    for refused in
        [visitor.post(verify, factor).await, visitor.post(login, passkey).await, visitor.guess().await]
    {
        refused.assert_problem(403, "captcha_required");
        assert!(
            refused.header("ratelimit").is_some_and(|state| state.starts_with("\"login\";r=0")),
            "{refused:?}"
        );
    }
    scene.server.stop().await;
}

/// The shape of an assertion, for a credential that does not exist.
fn assertion() -> serde_json::Value {
    use base64::Engine;
    let text = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let client_data =
        json!({"type": "webauthn.get", "challenge": text(&[7; 32]), "origin": "http://localhost"});
    json!({
        "id": text(&[1; 16]),
        "rawId": text(&[1; 16]),
        "type": "public-key",
        "extensions": {},
        "response": {
            "authenticatorData": text(&[0; 37]),
            "clientDataJSON": text(client_data.to_string().as_bytes()),
            "signature": text(&[0; 70]),
            "userHandle": text(&[2; 16]),
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spellings_of_one_network_are_one_and_a_site_has_eight_times_as_much() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &limited_and(&[("KINDRED_THROTTLE__LOGIN_BURST", "4")])).await;
    let client = scene.client();
    let spellings =
        ["2001:db8:1:1::1", "2001:DB8:0001:1::2", "[2001:db8:1:1:9:9:9:9]:4711", "2001:db8:1:1:0::"];
    for spelling in spellings {
        Visitor::new(client, spelling).guess().await.assert_status(401);
    }
    Visitor::new(client, spellings[0]).guess().await.assert_problem(403, "captcha_required");
    for spelling in ["::ffff:192.0.2.9", "192.0.2.9", "192.0.2.9:80", "::FFFF:C000:209"] {
        Visitor::new(client, spelling).guess().await.assert_status(401);
    }
    Visitor::new(client, "192.0.2.9").guess().await.assert_problem(403, "captcha_required");
    // What a client writes into the header itself stands to the left, and is not believed.
    Visitor::new(client, "203.0.113.5, 192.0.2.9").guess().await.assert_problem(403, "captcha_required");
    for subnet in 2..9 {
        let (evaluated, _) =
            Visitor::new(client, &format!("2001:db8:1:{subnet}::1")).guess_until_refused().await;
        assert_eq!(evaluated, 4, "{subnet}");
    }
    Visitor::new(client, "2001:db8:1:9::1").guess().await.assert_problem(403, "captcha_required");
    Visitor::new(client, "2001:db8:2:9::1").guess().await.assert_status(401);
    scene.server.stop().await;
}

/// Without a CAPTCHA for logins the limit itself refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_challenge_the_answer_is_to_wait() {
    let env = Env::new(Backend::Sqlite).await;
    let settings =
        limited_and(&[("KINDRED_CAPTCHA__LOGIN", "false"), ("KINDRED_THROTTLE__LOGIN_BURST", "3")]);
    let scene = Scene::start(&env, &settings).await;
    let (evaluated, refused) = Visitor::new(scene.client(), ADDRESS).guess_until_refused().await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!((evaluated, refused.header("retry-after")), (3, Some("2")));
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hard_limit_counts_for_an_hour() {
    let env = Env::new(Backend::Sqlite).await;
    let settings = limited_and(&[("KINDRED_THROTTLE__LOGIN_PER_HOUR", "5")]);
    let scene = Scene::start(&env, &settings).await;
    let visitor = Visitor::new(scene.client(), ADDRESS);
    let (evaluated, refused) = visitor.guess_until_refused().await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!((evaluated, refused.header("retry-after")), (5, Some("720")));
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "login_hard")]).await, 1.0);
    scene.clock.advance(Duration::from_secs(720));
    assert_eq!(visitor.guess_until_refused().await.0, 1);
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loopback_in_development_has_no_limits_by_network_and_in_preview_it_has() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &limited_and(&[("KINDRED_THROTTLE__LOGIN_BURST", "3")])).await;
    let here = Visitor::new(scene.client(), "127.0.0.1");
    for _ in 0..9 {
        let reply = here.guess().await;
        reply.assert_problem(401, "invalid_credentials");
        assert_eq!(reply.header("ratelimit"), None);
    }
    scene.server.stop().await;
    let settings = limited_and(&[
        ("KINDRED_THROTTLE__LOGIN_BURST", "3"),
        ("KINDRED_PROFILE", "preview"),
        ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
        ("KINDRED_PASSWORD__ITERATIONS", "2"),
    ]);
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &settings).await;
    let here = Visitor::new(scene.client(), "127.0.0.1");
    assert_eq!(here.guess_until_refused().await.0, 3);
    scene.server.stop().await;
}
