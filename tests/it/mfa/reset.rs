//! A forgotten password of someone with a second factor.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Enrolled, STEP, verify};
use super::stand_ins::give_passkeys;
use crate::faults::lock::{Lock, are_waited_for};
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::scene::Scene;
use crate::support::sql::sql;

const RESET: &str = "/api/v1/auth/password/reset";
const NEW_PASSWORD: &str = "another-Lantern-77-velvet";
const ASKED_FOR: (&str, &str) = ("KINDRED_MFA__RESET_REQUIRES_FACTOR", "true");

/// The token of the n-th link, which is asked for here, a second after whatever came before: mails are told apart
/// by their time.
async fn link(scene: &Scene, email: &str, n: usize) -> String {
    let mailbox = scene.server.mailbox();
    if n == 1 {
        // The reset must not be the first proof of the address.
        let token = mailbox.wait_for(email, "verify_email").await.token();
        let body = json!({"token": token, "password": PASSWORD});
        let verified = scene.client().post("/api/v1/auth/email/verify", body).await;
        assert_eq!(verified.status, 200, "{verified:?}");
    }
    scene.clock.advance(Duration::from_secs(1));
    let asked = scene.client().post("/api/v1/auth/password/forgot", json!({"email": email})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    mailbox.wait_for_nth(email, "reset_password", n).await.token()
}

/// Without a factor if that is null.
async fn reset(client: &Client, token: &str, password: &str, mfa: Value) -> Reply {
    let mut body = json!({"token": token, "new_password": password});
    if !mfa.is_null() {
        body["mfa"] = mfa;
    }
    client.post(RESET, body).await
}

fn totp(code: &str) -> Value {
    json!({"method": "totp", "code": code})
}

/// What the events of resets say of the second factor.
fn factors(env: &Env) -> Vec<Value> {
    let details = sql(env, "SELECT detail FROM security_events WHERE kind = 'password.reset' ORDER BY id");
    details.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn log_in_again(scene: &Scene, person: &Enrolled) -> Reply {
    let login = scene.client().login(person.email(), NEW_PASSWORD).await;
    assert_eq!((login.status, &login.body["mfa_required"]), (200, &json!(true)), "{login:?}");
    verify(scene.client(), &login.text("/challenge_token"), "totp", &person.app.code_at(scene.seconds()))
        .await
}

/// MF-09, RC-02
#[apply(on_both_databases)]
async fn a_new_password_does_not_stand_in_for_the_factor(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let body = json!({
        "challenge_token": ada.challenge(client).await, "method": "totp",
        "code": ada.app.code_at(scene.seconds()), "trust_device": true,
    });
    let trusted = send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await;
    scene.clock.advance(STEP);
    let challenge = ada.challenge(client).await;
    let token = link(&scene, ada.email(), 1).await;
    let done = reset(client, &token, NEW_PASSWORD, json!(null)).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.body.get("access_token").is_none(), "{done:?}");
    for access in [ada.family.access(), &trusted.access()] {
        client.verify(access).await.assert_problem(401, "session_revoked");
    }
    let code = ada.app.code_at(scene.seconds());
    verify(client, &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    // The device is no longer trusted either.
    let body = json!({
        "email": ada.email(), "password": NEW_PASSWORD, "device_token": trusted.text("/device_token"),
    });
    let login = client.post("/api/v1/auth/login", body).await;
    assert_eq!(login.body["mfa_required"], true, "{login:?}");
    let login = log_in_again(&scene, &ada).await;
    assert_eq!((login.status, &login.body["session"]["aal"]), (200, &json!(2)), "{login:?}");
    assert_eq!(factors(&env), [json!({"factor": null})]);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_factor_that_comes_along_is_spent(env: Env) {
    let scene = Scene::start(&env, &[ASKED_FOR]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let token = link(&scene, ada.email(), 1).await;
    let code = ada.app.code_at(scene.seconds());
    // A password that may not be chosen costs neither the link nor the code.
    reset(client, &token, "password1", totp(&code)).await.assert_problem(422, "weak_password");
    assert_eq!(reset(client, &token, NEW_PASSWORD, totp(&code)).await.status, 200);
    log_in_again(&scene, &ada).await.assert_problem(401, "mfa_code_invalid");
    scene.clock.advance(STEP);
    assert_eq!(log_in_again(&scene, &ada).await.status, 200);

    let token = link(&scene, ada.email(), 2).await;
    let backup = json!({"method": "backup_code", "code": ada.backup_codes[0]});
    assert_eq!(reset(client, &token, PASSWORD, backup.clone()).await.status, 200);
    let token = link(&scene, ada.email(), 3).await;
    reset(client, &token, NEW_PASSWORD, backup).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(factors(&env), [json!({"factor": "totp"}), json!({"factor": "backup_code"})]);
    let used = sql(&env, "SELECT detail FROM security_events WHERE kind = 'backup_code.used'");
    assert_eq!(serde_json::from_str::<Value>(&used).expect("JSON"), json!({"kept": 9, "for": "reset"}));
    scene.server.stop().await;
}

/// AU-10, MF-07
#[apply(on_both_databases)]
async fn wrong_ones_count_with_those_of_logins(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__FACTOR_FAILURES", "3")]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    prove_addresses(&env);
    let wrong = ada.app.wrong_at(scene.seconds());
    let challenge = ada.challenge(client).await;
    verify(client, &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    let token = link(&scene, ada.email(), 1).await;
    for _ in 0..2 {
        reset(client, &token, NEW_PASSWORD, totp(&wrong)).await.assert_problem(401, "mfa_code_invalid");
    }
    let code = ada.app.code_at(scene.seconds());
    let locked = reset(client, &token, NEW_PASSWORD, totp(&code)).await;
    locked.assert_problem(429, "rate_limited");
    assert_eq!(locked.header("retry-after"), Some("900"));
    verify(client, &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    let failed =
        "SELECT count(*) FROM security_events WHERE kind = 'factor.failed' AND detail LIKE '%\"reset\"%'";
    let failed =
        failed.replace("detail", if env.backend() == Backend::Sqlite { "detail" } else { "detail::text" });
    assert_eq!(sql(&env, &failed), "2");
    scene.server.mailbox().wait_for(ada.email(), "factor_locked").await;
    // Neither the password nor the link has changed.
    assert_eq!(client.verify(ada.family.access()).await.status, 204);
    assert_eq!(client.login(ada.email(), PASSWORD).await.body["mfa_required"], true);
    scene.clock.advance(Duration::from_secs(901));
    let code = ada.app.code_at(scene.seconds());
    assert_eq!(reset(client, &token, NEW_PASSWORD, totp(&code)).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_reset_without_the_factor_lifts_no_lock_of_it(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__FACTOR_FAILURES", "1")]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let challenge = ada.challenge(client).await;
    let wrong = ada.app.wrong_at(scene.seconds());
    verify(client, &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    let token = link(&scene, ada.email(), 1).await;
    assert_eq!(reset(client, &token, NEW_PASSWORD, json!(null)).await.status, 200);
    log_in_again(&scene, &ada).await.assert_problem(429, "rate_limited");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn where_it_is_asked_for_nothing_goes_without(env: Env) {
    let scene = Scene::start(&env, &[ASKED_FOR]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let token = link(&scene, ada.email(), 1).await;
    let refused = reset(client, &token, NEW_PASSWORD, json!(null)).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(
        (&refused.body["acr_required"], &refused.body["methods"]),
        (&json!("aal2"), &json!(["totp", "backup_code"]))
    );
    client.login(ada.email(), NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.verify(ada.family.access()).await.status, 204);

    // Where there is only a passkey, which cannot come along, that is said.
    give_passkeys(&env);
    sql(&env, "DELETE FROM totp_authenticators");
    sql(&env, "DELETE FROM backup_codes");
    let refused = reset(client, &token, NEW_PASSWORD, json!(null)).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["methods"], json!([]));
    assert!(refused.text("/detail").contains("passkey"), "{refused:?}");

    // Who has no factor needs none, and a code of what is not there is not passed over.
    sql(&env, "DELETE FROM passkeys");
    let refused = reset(client, &token, NEW_PASSWORD, totp("123456")).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.text("/errors/0/code"), "no_factor");
    assert_eq!(reset(client, &token, NEW_PASSWORD, json!(null)).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn what_is_no_factor_is_refused(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    // No code of hers has been tried so far: the one that sets the app up is no attempt.
    let ada = Enrolled::new(client, scene.seconds()).await;
    let token = link(&scene, ada.email(), 1).await;
    for mfa in [
        json!({}),
        json!({"method": "totp"}),
        json!({"code": "123456"}),
        json!({"method": "sms", "code": "123456"}),
        json!({"method": "webauthn", "code": "x"}),
        json!({"method": "totp", "code": 123_456}),
        json!({"method": "totp", "code": "123456", "credential": {}}),
        json!("totp"),
        json!(["totp", "123456"]),
    ] {
        let refused = reset(client, &token, NEW_PASSWORD, mfa.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "validation_failed"), "{mfa}: {refused:?}");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM factor_attempts"), "0");
    assert_eq!(reset(client, &token, NEW_PASSWORD, json!(null)).await.status, 200, "the link still works");
    scene.server.stop().await;
}

/// Both were compared before one of them spent it. That is no guess, and the link still works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_a_login_uses_meanwhile_resets_nothing() {
    let env = Env::new(Backend::Postgres).await;
    let scene = Scene::start(&env, &[]).await;
    let (client, ada) = (scene.client(), scene.enrolled().await);
    let token = link(&scene, ada.email(), 1).await;
    let challenge = ada.challenge(client).await;
    let code = ada.app.code_at(scene.seconds());
    let lock = Lock::user(&env, ada.email()).await;
    let login = tokio::spawn({
        let (client, code) = (client.clone(), code.clone());
        async move { verify(&client, &challenge, "totp", &code).await }
    });
    are_waited_for(&env, 1).await;
    let refused = tokio::spawn({
        let (client, token, code) = (client.clone(), token.clone(), code.clone());
        async move { reset(&client, &token, NEW_PASSWORD, totp(&code)).await }
    });
    are_waited_for(&env, 2).await;
    lock.release().await;
    let login = login.await.expect("no panic");
    assert_eq!(login.status, 200, "{login:?}");
    refused.await.expect("no panic").assert_problem(401, "mfa_code_invalid");
    assert_eq!(sql(&env, "SELECT sum(consecutive) FROM factor_attempts"), "0");
    scene.clock.advance(STEP);
    let next = totp(&ada.app.code_at(scene.seconds()));
    let done = reset(client, &token, NEW_PASSWORD, next).await;
    assert_eq!(done.status, 200, "{done:?}");
    scene.server.stop().await;
}
