//! A trusted device in an odd place.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use super::scene::Enrolled;
use crate::anomalies::common::{BERLIN, FIREFOX, GeoFile, NEW_YORK, PRIVATE, pairs};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send};
use crate::support::scene::Scene;

async fn post(scene: &Scene, path: &str, from: &str, body: Value) -> Reply {
    let request = scene.client().request(Method::POST, path).header(USER_AGENT, FIREFOX);
    let reply = send(request.header("X-Forwarded-For", from).json(&body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// Trusts a device in Berlin, and gives back its secret.
async fn trusted(scene: &Scene, person: &Enrolled) -> String {
    let login = json!({"email": person.email(), "password": PASSWORD});
    let challenge = post(scene, "/api/v1/auth/login", BERLIN, login).await.text("/challenge_token");
    let code = person.app.code_at(scene.seconds());
    let verify = json!({"challenge_token": challenge, "method": "totp", "code": code, "trust_device": true});
    post(scene, "/api/v1/auth/mfa/verify", BERLIN, verify).await.text("/device_token")
}

async fn is_asked(scene: &Scene, person: &Enrolled, device: &str, from: &str) -> bool {
    let login = json!({"email": person.email(), "password": PASSWORD, "device_token": device});
    post(scene, "/api/v1/auth/login", from, login).await.body["mfa_required"] == true
}

#[apply(on_both_databases)]
async fn where_that_is_configured_it_is_asked_all_the_same(env: Env) {
    let file = GeoFile::of_places();
    let mut settings = file.settings().to_vec();
    settings.push(("KINDRED_ANOMALIES__STEP_UP", "true".to_owned()));
    let scene = Scene::start(&env, &pairs(&settings)).await;
    let person = scene.enrolled().await;
    let device = trusted(&scene, &person).await;
    assert!(!is_asked(&scene, &person, &device, BERLIN).await);
    assert!(!is_asked(&scene, &person, &device, PRIVATE).await, "no place is no odd one");
    assert!(is_asked(&scene, &person, &device, NEW_YORK).await);
    assert!(is_asked(&scene, &person, &device, NEW_YORK).await, "until the second factor was shown there");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn otherwise_it_is_not(env: Env) {
    let file = GeoFile::of_places();
    let scene = Scene::start(&env, &pairs(&file.settings())).await;
    let person = scene.enrolled().await;
    let device = trusted(&scene, &person).await;
    assert!(!is_asked(&scene, &person, &device, NEW_YORK).await);
    scene.server.stop().await;
}
