//! A login in two steps.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{STEP, verify};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::family::{Family, claims};
use crate::support::scene::Scene;
use crate::support::security_events::details_in;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn the_right_code_opens_the_session(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let (client, before) = (scene.client(), scene.seconds());
    let challenge = person.challenge(client).await;
    let body = json!({
        "challenge_token": challenge, "method": "totp", "code": person.app.code_at(before),
        "transport": "bearer", "device_name": "Ada's laptop",
    });
    let reply = send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let claims = claims(&reply.access());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["pwd", "otp", "mfa"])));
    assert_eq!(reply.body["session"]["aal"], 2);
    assert!(reply.body.get("device_expires_in").is_none(), "it stands in for nothing");
    let listed = client.sessions(&reply.access()).await;
    assert!(listed.body.to_string().contains("Ada's laptop"), "{listed:?}");
    let detail = &details_in(&env, "login.succeeded", &reply.session_id())[0];
    assert_eq!(detail["amr"], json!(["pwd", "otp", "mfa"]));
    // Once only.
    scene.clock.advance(STEP);
    let again = verify(client, &challenge, "totp", &person.app.code_at(scene.seconds())).await;
    again.assert_problem(401, "challenge_invalid");
    // MF-10: a refresh changes nothing about it.
    let refreshed = client.refresh(&reply.refresh_token(), None).await;
    assert_eq!(crate::support::family::claims(&refreshed.access())["acr"], "aal2");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_challenge_has_its_time(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    scene.clock.advance(Duration::from_secs(300));
    let code = person.app.code_at(scene.seconds());
    verify(scene.client(), &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    let challenge = person.challenge(scene.client()).await;
    scene.clock.advance(Duration::from_secs(299));
    let code = person.app.code_at(scene.seconds());
    assert_eq!(verify(scene.client(), &challenge, "totp", &code).await.status, 200);
    scene.server.stop().await;
}

/// MF-04: server time only, one step to either side.
#[apply(on_both_databases)]
async fn codes_have_their_time(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__FACTOR_FAILURES", "20")]).await;
    let person = scene.enrolled().await;
    scene.clock.advance(10 * STEP);
    let now = scene.seconds();
    let challenge = person.challenge(scene.client()).await;
    for steps in [-3, -2, 2, 3] {
        let code = person.app.code_at(now + 30 * steps);
        let reply = verify(scene.client(), &challenge, "totp", &code).await;
        reply.assert_problem(401, "mfa_code_invalid");
    }
    // MF-03: from the step before on, each counts once, and never the one before again.
    for steps in [-1, 0, 1] {
        let challenge = person.challenge(scene.client()).await;
        let code = person.app.code_at(now + 30 * steps);
        assert_eq!(verify(scene.client(), &challenge, "totp", &code).await.status, 200, "{steps}");
        let challenge = person.challenge(scene.client()).await;
        for spent in -1..=steps {
            let code = person.app.code_at(now + 30 * spent);
            let reply = verify(scene.client(), &challenge, "totp", &code).await;
            reply.assert_problem(401, "mfa_code_invalid");
        }
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_new_password_and_logging_out_end_what_waits(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let late = async |challenge: String| {
        let code = person.app.code_at(scene.seconds());
        verify(client, &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    };
    let challenge = person.challenge(client).await;
    let token = person.family.live();
    let body = json!({"current_password": PASSWORD, "new_password": "another-Horse-43-battery", "refresh_token": token});
    let path = "/api/v1/auth/password/change";
    let changed = client.call(Method::POST, path, person.family.access(), body).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    late(challenge).await;

    let person = scene.enrolled().await;
    let late = async |challenge: String| {
        let code = person.app.code_at(scene.seconds());
        verify(client, &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    };
    let challenge = person.challenge(client).await;
    assert_eq!(client.logout(person.family.access()).await.status, 204);
    late(challenge).await;
    let session = scene.log_in(&person).await;
    let challenge = person.challenge(client).await;
    assert_eq!(client.logout_all(&session.access()).await.status, 200);
    late(challenge).await;

    // AU-14: the account's state counts at the second step as well.
    let challenge = person.challenge(client).await;
    sql(&env, "UPDATE users SET status = 'disabled'");
    let code = person.app.code_at(scene.seconds());
    verify(client, &challenge, "totp", &code).await.assert_problem(403, "account_not_active");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn what_is_wrong_with_a_request_is_told(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let challenge = person.challenge(client).await;
    let post = async |body| send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await;
    post(json!({"challenge_token": challenge, "method": "totp"}))
        .await
        .assert_problem(422, "validation_failed");
    post(json!({"challenge_token": challenge, "method": "telepathy", "code": "1"}))
        .await
        .assert_problem(422, "validation_failed");
    post(json!({"challenge_token": challenge, "method": "totp", "code": "1", "aal": 3}))
        .await
        .assert_problem(422, "validation_failed");
    verify(client, "kc1_unknown", "totp", "123456").await.assert_problem(401, "challenge_invalid");
    verify(client, &person.family.refresh[0], "totp", "123456")
        .await
        .assert_problem(401, "challenge_invalid");
    scene.server.stop().await;
}

/// MF-12: another's code opens nothing.
#[apply(on_both_databases)]
async fn codes_belong_to_their_owner(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (ada, eve) = (scene.enrolled().await, scene.enrolled().await);
    let challenge = ada.challenge(scene.client()).await;
    let code = eve.app.code_at(scene.seconds());
    verify(scene.client(), &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
    let code = &eve.backup_codes[0];
    verify(scene.client(), &challenge, "backup_code", code).await.assert_problem(401, "mfa_code_invalid");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn who_has_none_is_not_asked_until_there_is_one(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let family = Family::open(scene.client()).await;
    assert_eq!(claims(family.access())["acr"], "aal1");
    // A factor that came between the look at the factors and the session: the password alone is no longer
    // enough.
    sql(&env, "UPDATE users SET mfa_enrolled_at = 1");
    scene.client().login(&family.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    scene.server.stop().await;
}
