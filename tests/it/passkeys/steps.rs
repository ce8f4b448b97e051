//! A passkey as second step of a login, and to step up, over HTTP.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Holder, SERVICE, usual};
use crate::faults::lock::{Lock, are_waited_for};
use crate::mfa::scene::step_up_with;
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply};
use crate::support::family::claims;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::scene::Scene;

async fn challenged(client: &Client, holder: &Holder) -> String {
    let reply = client.login(&holder.family.email, PASSWORD).await;
    assert_eq!(reply.body["methods"], json!(["backup_code", "webauthn"]), "{reply:?}");
    reply.text("/challenge_token")
}

/// The options for this challenge.
async fn options(client: &Client, token: &str) -> Value {
    let body = json!({"challenge_token": token, "method": "webauthn"});
    let reply = client.post("/api/v1/auth/mfa/challenge", body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

async fn verify(client: &Client, token: &str, credential: &Value) -> Reply {
    let body = json!({"challenge_token": token, "method": "webauthn", "credential": credential});
    client.post("/api/v1/auth/mfa/verify", body).await
}

async fn start(env: &Env) -> (std::sync::Arc<StoppedClock>, InProcess) {
    let Scene { clock, server } = Scene::start(env, SERVICE).await;
    (clock, server)
}

#[apply(on_both_databases)]
async fn it_completes_a_login(env: Env) {
    let (_, server) = start(&env).await;
    let client = &server.client;
    let holder = Holder::new(client).await;
    let token = challenged(client, &holder).await;
    let options = options(client, &token).await;
    for wrong in [
        Behaviour { tamper: true, ..usual() },
        Behaviour { user_verified: false, ..usual() },
        Behaviour::at("https://evil.test"),
    ] {
        let credential = holder.passkey.get(&options, &wrong);
        verify(client, &token, &credential).await.assert_problem(401, "mfa_code_invalid");
    }
    // WA-05: what was wrong has burned nothing.
    let credential = holder.passkey.get(&options, &usual());
    let reply = verify(client, &token, &credential).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let claims = claims(&reply.access());
    assert_eq!(claims["acr"], "aal2");
    assert!(claims["amr"].to_string().contains("mfa") && claims["amr"].to_string().contains("pwd"));
    // WA-01: success has.
    let token = challenged(client, &holder).await;
    verify(client, &token, &credential).await.assert_problem(401, "mfa_code_invalid");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn it_belongs_to_its_login(env: Env) {
    let (_, server) = start(&env).await;
    let client = &server.client;
    let (ada, eve) = (Holder::new(client).await, Holder::new(client).await);
    let (one, other) = (challenged(client, &ada).await, challenged(client, &ada).await);
    let for_one = options(client, &one).await;
    options(client, &other).await;
    let credential = ada.passkey.get(&for_one, &usual());
    verify(client, &other, &credential).await.assert_problem(401, "mfa_code_invalid");
    let hers = eve.passkey.get(&for_one, &usual());
    verify(client, &one, &hers).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(verify(client, &one, &credential).await.status, 200);
    server.stop().await;
}

/// The ceremony is spent with what it is for, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_fails_does_not_spend_it() {
    let env = Env::new(Backend::Postgres).await;
    let impatient = [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "2s")];
    let Scene { server, .. } = Scene::start(&env, &[SERVICE, &impatient].concat()).await;
    let client = &server.client;
    let holder = Holder::new(client).await;
    let token = challenged(client, &holder).await;
    let credential = holder.passkey.get(&options(client, &token).await, &usual());
    for table in ["passkeys", "users"] {
        let lock = Lock::all_of(&env, table).await;
        verify(client, &token, &credential).await.assert_problem(503, "unavailable");
        lock.release().await;
    }
    let reply = verify(client, &token, &credential).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    server.stop().await;
}

/// Both were compared with the same state of the passkey, of which the first login leaves another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_may_serve_two_logins_at_once() {
    let env = Env::new(Backend::Postgres).await;
    let (_, server) = start(&env).await;
    let client = &server.client;
    let counting = |counter: u32| Behaviour { counter: Some(counter), ..usual() };
    let holder = Holder::with(client, &counting(1)).await;
    let mut logins = Vec::new();
    for counter in [5, 6] {
        let token = challenged(client, &holder).await;
        let credential = holder.passkey.get(&options(client, &token).await, &counting(counter));
        logins.push((token, credential));
    }
    let lock = Lock::user(&env, &holder.family.email).await;
    let mut waiting = Vec::new();
    for (token, credential) in logins {
        let client = client.clone();
        waiting.push(tokio::spawn(async move { verify(&client, &token, &credential).await }));
        are_waited_for(&env, waiting.len()).await;
    }
    lock.release().await;
    for login in waiting {
        let reply = login.await.expect("no panic");
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    server.stop().await;
}

#[apply(on_both_databases)]
async fn it_steps_a_session_up(env: Env) {
    let (clock, server) = start(&env).await;
    let client = &server.client;
    let mut holder = Holder::new(client).await;
    let access = holder.family.access().to_owned();
    let access = access.as_str();
    clock.advance(Duration::from_secs(301));
    let path = format!("/api/v1/me/passkeys/{}", holder.id);
    let refused = client.call(Method::DELETE, &path, access, Value::Null).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["methods"], json!(["backup_code", "webauthn"]));
    let asked = client
        .call(Method::POST, "/api/v1/auth/step-up/challenge", access, json!({"method": "webauthn"}))
        .await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let credential = holder.passkey.get(&asked.body, &usual());
    let body = json!({"method": "webauthn", "credential": credential});
    let fresh = step_up_with(client, &mut holder.family, body).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    assert_eq!(client.call(Method::DELETE, &path, &fresh.access(), Value::Null).await.status, 204);
    // With the last one the backup codes are gone, and the password is enough again.
    let login = client.login(&holder.family.email, PASSWORD).await;
    assert_eq!(claims(&login.access())["acr"], "aal1");
    server.stop().await;
}
