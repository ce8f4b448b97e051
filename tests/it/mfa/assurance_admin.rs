//! Administrators who have a second factor show it: always, and lately for what changes something.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, step_up};
use crate::admin::common::{Operation, Person, login, person};
use crate::http::common::Document;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply};
use crate::support::family::Family;
use crate::support::scene::Scene;

const MAX_AGE: Duration = Duration::from_secs(301);
const ANSWERS: [&str; 2] = ["totp", "backup_code"];

#[track_caller]
fn assert_asked(reply: &Reply, name: &str) {
    assert_eq!((reply.status, reply.code()), (403, "step_up_required"), "{name}: {reply:?}");
    assert_eq!(reply.body["acr_required"], "aal2", "{name}");
    assert_eq!((&reply.body["max_age"], &reply.body["methods"]), (&json!(300), &json!(ANSWERS)), "{name}");
}

/// The same person with another token.
fn with(person: &Person, access: String) -> Person {
    let (id, email) = (person.id.clone(), person.email.clone());
    Person { id, email, access, refresh: String::new(), session_id: String::new() }
}

async fn operations(client: &Client) -> Vec<(String, String)> {
    let document = Document::of(client).await;
    let found = document.operations().into_iter().filter(|(path, ..)| path.starts_with("/api/v1/admin"));
    // It ends the sessions that these tests go on with; tests/it/session/revoke_all.rs has it.
    let found = found.filter(|(path, ..)| !path.ends_with("/revoke-all"));
    let found: Vec<_> = found.map(|(path, method, _)| (method.to_owned(), path.to_owned())).collect();
    assert!(found.len() >= 16, "{found:?}");
    found
}

/// MF-14
#[apply(on_both_databases)]
async fn each_operation_asks_for_what_it_should(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let weak = person(&env, client, "user admin").await;
    let other = Family::login(client, &weak.email).await;
    let mut ada = Enrolled::of(client, other, scene.seconds()).await;
    let strong = with(&weak, ada.family.access().to_owned());
    let operations = operations(client).await;
    for (method, path) in &operations {
        let name = format!("{method} {path}");
        let operation = Operation::on_someone(&env, client, method, path).await;
        assert_asked(&operation.by(client, &weak).await, &name);
        let reply = operation.by(client, &strong).await;
        assert!(operation.is_done(&reply), "{name}: {reply:?}");
    }
    scene.clock.advance(MAX_AGE);
    let code = ada.app.code_at(scene.seconds());
    let proven = step_up(client, &mut ada.family, "totp", &code).await;
    let fresh = with(&weak, proven.access());
    for (method, path) in &operations {
        let name = format!("{method} {path}");
        let operation = Operation::on_someone(&env, client, method, path).await;
        assert_asked(&operation.by(client, &weak).await, &name);
        let stale = operation.by(client, &strong).await;
        if operation.method == Method::GET {
            assert_eq!(stale.status, 200, "{name}: {stale:?}");
        } else {
            assert_asked(&stale, &name);
        }
        let reply = operation.by(client, &fresh).await;
        assert!(operation.is_done(&reply), "{name}: {reply:?}");
    }
    scene.server.stop().await;
}

/// A trusted device stands in for the factor at the login, and never after it.
#[apply(on_both_databases)]
async fn a_trusted_device_does_not_administrate(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let admin = person(&env, client, "user admin").await;
    let ada = Enrolled::of(client, Family::login(client, &admin.email).await, scene.seconds()).await;
    scene.clock.advance(2 * super::scene::STEP);
    let body = json!({
        "challenge_token": ada.challenge(client).await, "method": "totp",
        "code": ada.app.code_at(scene.seconds()), "trust_device": true,
    });
    let trusted = client.post("/api/v1/auth/mfa/verify", body).await;
    let body = json!({
        "email": admin.email, "password": PASSWORD, "device_token": trusted.text("/device_token"),
    });
    let session = client.post("/api/v1/auth/login", body).await;
    assert_eq!(session.body["session"]["aal"], 1, "{session:?}");
    let caller = with(&admin, session.access());
    assert_asked(&caller.get(client, "/api/v1/admin/users").await, "from the device");
    assert_asked(&caller.act(client, &admin.id, "unlock").await, "from the device");
    scene.clock.advance(super::scene::STEP);
    let mut family = Family::of(&admin.email, &session);
    let code = ada.app.code_at(scene.seconds());
    let proven = step_up(client, &mut family, "totp", &code).await;
    let proven = with(&admin, proven.access());
    assert_eq!(proven.act(client, &admin.id, "unlock").await.status, 204);
    scene.server.stop().await;
}

/// Who has none is asked for the password, as ever.
#[apply(on_both_databases)]
async fn without_a_factor_the_password_does(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let admin = person(&env, client, "user admin").await;
    scene.clock.advance(MAX_AGE);
    let refused = admin.act(client, &admin.id, "unlock").await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(
        (&refused.body["acr_required"], &refused.body["methods"]),
        (&json!("aal1"), &json!(["password"]))
    );
    assert_eq!(admin.get(client, "/api/v1/admin/users").await.status, 200);
    let again = login(client, admin.email.clone()).await;
    assert_eq!(again.act(client, &admin.id, "unlock").await.status, 204);
    scene.server.stop().await;
}
