//! Devices that need no second factor for a while.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use super::scene::{Enrolled, STEP};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send};
use crate::support::family::claims;
use crate::support::scene::Scene;
use crate::support::sql::{bytes_literal, sql};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEWER_FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0";
const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const DEVICES: &str = "/api/v1/me/devices";
const DAY: Duration = Duration::from_secs(86_400);

/// Logs in by two factors and has the device trusted.
async fn trust(scene: &Scene, person: &Enrolled, agent: &str) -> Reply {
    let challenge = person.challenge(scene.client()).await;
    let body = json!({
        "challenge_token": challenge, "method": "totp", "code": person.app.code_at(scene.seconds()),
        "trust_device": true, "device_name": "Ada's laptop",
    });
    let request = scene.client().request(Method::POST, "/api/v1/auth/mfa/verify").header(USER_AGENT, agent);
    let reply = send(request.json(&body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    scene.clock.advance(STEP);
    reply
}

async fn login(scene: &Scene, email: &str, password: &str, token: &str, agent: &str) -> Reply {
    let body = json!({ "email": email, "password": password, "device_token": token });
    let request = scene.client().request(Method::POST, "/api/v1/auth/login").header(USER_AGENT, agent);
    send(request.json(&body)).await
}

async fn is_asked(scene: &Scene, person: &Enrolled, token: &str, agent: &str) -> bool {
    let reply = login(scene, person.email(), PASSWORD, token, agent).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["mfa_required"] == true
}

async fn devices(scene: &Scene, access: &str) -> Vec<Value> {
    let reply = scene.client().call(Method::GET, DEVICES, access, json!(null)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().expect("a list").clone()
}

/// The token of an app is worth nothing to a script, and goes on after an update of the app.
#[apply(on_both_databases)]
async fn a_trusted_app_is_known_by_its_product(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let token = trust(&scene, &person, "AcmeApp/412 okhttp/4.12.0").await.text("/device_token");
    assert!(!is_asked(&scene, &person, &token, "AcmeApp/413 okhttp/5.0.0").await);
    for script in ["python-requests/2.31.0", "curl/8.5.0", "Dart/3.2 (dart:io)", "okhttp/4.12.0"] {
        assert!(is_asked(&scene, &person, &token, script).await, "{script}");
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_trusted_device_is_not_asked(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let trusted = trust(&scene, &person, FIREFOX).await;
    let token = trusted.text("/device_token");
    assert_eq!(trusted.body["device_expires_in"], 30 * 86_400);
    let reply = login(&scene, person.email(), PASSWORD, &token, FIREFOX).await;
    assert_eq!(claims(&reply.access())["acr"], "aal1", "it stands in for the factor, and is none");
    assert_eq!(claims(&reply.access())["amr"], json!(["pwd"]));
    // It never counts for a step-up.
    let delicate =
        scene.client().call(Method::DELETE, "/api/v1/me/mfa/totp", &reply.access(), json!(null)).await;
    delicate.assert_problem(403, "step_up_required");
    assert!(!is_asked(&scene, &person, &token, NEWER_FIREFOX).await, "browsers are updated");
    // Elsewhere it is worth nothing, nor is anything else.
    assert!(is_asked(&scene, &person, &token, CHROME).await);
    assert!(is_asked(&scene, &person, "kd1_unknown", FIREFOX).await);
    assert!(is_asked(&scene, &person, &trusted.refresh_token(), FIREFOX).await);
    let other = scene.enrolled().await;
    assert!(is_asked(&scene, &other, &token, FIREFOX).await, "another's");

    let listed = devices(&scene, &reply.access()).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["name"], &listed[0]["browser"]), (&json!("Ada's laptop"), &json!("Firefox")));
    assert!(!json!(listed).to_string().contains(&token));
    let stored = sql(&env, "SELECT count(*) FROM trusted_devices");
    assert_eq!(stored, "1");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn it_is_trusted_for_a_while(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let token = trust(&scene, &person, FIREFOX).await.text("/device_token");
    scene.clock.advance(30 * DAY - 2 * STEP);
    assert!(!is_asked(&scene, &person, &token, FIREFOX).await);
    scene.clock.advance(STEP);
    assert!(is_asked(&scene, &person, &token, FIREFOX).await, "its use does not make it longer");
    scene.server.stop().await;
}

/// Such a token is found by the hash of its whole text, and not by the id that later ones carry.
#[apply(on_both_databases)]
async fn a_token_of_an_earlier_version_is_trusted_until_its_row_expires(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    trust(&scene, &person, FIREFOX).await;
    let token = &format!("kd1_{}", "A2b".repeat(14));
    assert!(is_asked(&scene, &person, token, FIREFOX).await, "it has no row yet");
    // As an earlier version wrote the row.
    let hashed = digest(&SHA256, format!("kindred trusted device\0{token}\0").as_bytes());
    let hash = bytes_literal(&env, &hex::encode(hashed));
    sql(&env, &format!("UPDATE trusted_devices SET secret_hash = {hash}"));
    assert!(!is_asked(&scene, &person, token, FIREFOX).await);
    assert!(is_asked(&scene, &person, &format!("{token}A"), FIREFOX).await);
    assert!(is_asked(&scene, &person, token, CHROME).await);
    let other = scene.enrolled().await;
    assert!(is_asked(&scene, &other, token, FIREFOX).await, "another's");
    // Four steps have passed since the trust.
    scene.clock.advance(30 * DAY - 4 * STEP);
    assert!(!is_asked(&scene, &person, token, FIREFOX).await);
    scene.clock.advance(STEP);
    assert!(is_asked(&scene, &person, token, FIREFOX).await);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn its_owner_can_take_it_back(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let token = trust(&scene, &person, FIREFOX).await.text("/device_token");
    let access = person.family.access();
    let id = devices(&scene, access).await[0]["id"].as_str().expect("an id").to_owned();
    let stranger = client.signed_in().await;
    let path = format!("{DEVICES}/{id}");
    client.call(Method::DELETE, &path, &stranger.access, json!(null)).await.assert_problem(404, "not_found");
    assert!(!is_asked(&scene, &person, &token, FIREFOX).await);
    assert_eq!(client.call(Method::DELETE, &path, access, json!(null)).await.status, 204);
    assert!(is_asked(&scene, &person, &token, FIREFOX).await);
    assert!(devices(&scene, access).await.is_empty());
    client.call(Method::DELETE, &path, access, json!(null)).await.assert_problem(404, "not_found");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_new_password_and_a_removed_factor_void_it(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let token = trust(&scene, &person, FIREFOX).await.text("/device_token");
    let new = "another-Horse-43-battery";
    let body =
        json!({"current_password": PASSWORD, "new_password": new, "refresh_token": person.family.live()});
    let changed =
        client.call(Method::POST, "/api/v1/auth/password/change", person.family.access(), body).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let reply = login(&scene, person.email(), new, &token, FIREFOX).await;
    assert_eq!(reply.body["mfa_required"], true);
    scene.server.stop().await;
}

/// AU-11: strangers who use up the account's attempts do not lock out who comes from a known device.
#[apply(on_both_databases)]
async fn strangers_do_not_lock_it_out(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let token = trust(&scene, &person, FIREFOX).await.text("/device_token");
    for _ in 0..4 {
        client.login(person.email(), "wrong horse").await.assert_problem(401, "invalid_credentials");
    }
    client.login(person.email(), PASSWORD).await.assert_problem(401, "invalid_credentials");
    let reply = login(&scene, person.email(), PASSWORD, &token, FIREFOX).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.body.get("access_token").is_some());
    // The device has as many attempts of its own, and then none beside the account's.
    for _ in 0..3 {
        let wrong = login(&scene, person.email(), "wrong horse", &token, FIREFOX).await;
        wrong.assert_problem(401, "invalid_credentials");
    }
    let late = login(&scene, person.email(), PASSWORD, &token, FIREFOX).await;
    late.assert_problem(401, "invalid_credentials");
    scene.server.stop().await;
}
