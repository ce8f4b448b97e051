//! Too many wrong codes.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, STEP, step_up, verify};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Reply;
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const MINUTE: Duration = Duration::from_secs(60);

/// Wrong ones until the factor is locked.
async fn lock(scene: &Scene, person: &Enrolled) {
    let challenge = person.challenge(scene.client()).await;
    for _ in 0..5 {
        let wrong = person.app.wrong_at(scene.seconds());
        verify(scene.client(), &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    }
}

async fn right(scene: &Scene, person: &Enrolled) -> Reply {
    let challenge = person.challenge(scene.client()).await;
    verify(scene.client(), &challenge, "totp", &person.app.code_at(scene.seconds())).await
}

/// MF-07, AU-10
#[apply(on_both_databases)]
async fn they_end_the_login_and_lock_the_factor(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, mut person) = (scene.client(), scene.enrolled().await);
    prove_addresses(&env);
    let other = person.challenge(client).await;
    let challenge = person.challenge(client).await;
    for _ in 0..4 {
        let wrong = person.app.wrong_at(scene.seconds());
        verify(client, &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    }
    // Neither a right password nor a new challenge forgives a wrong code.
    let fresh = person.challenge(client).await;
    let wrong = person.app.wrong_at(scene.seconds());
    verify(client, &fresh, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    for dead in [&challenge, &fresh, &other] {
        let code = person.app.code_at(scene.seconds());
        verify(client, dead, "totp", &code).await.assert_problem(401, "challenge_invalid");
    }
    let locked = right(&scene, &person).await;
    locked.assert_problem(429, "rate_limited");
    assert_eq!(locked.body["retry_after"], 900);
    assert_eq!(locked.header("retry-after"), Some("900"));
    let code = person.app.code_at(scene.seconds());
    let refused = step_up(client, &mut person.family, "totp", &code).await;
    refused.assert_problem(429, "rate_limited");
    // Another factor still lets the owner in.
    let challenge = person.challenge(client).await;
    assert_eq!(verify(client, &challenge, "backup_code", &person.backup_codes[0]).await.status, 200);
    let mailbox = scene.server.mailbox();
    mailbox.wait_for(person.email(), "factor_locked").await;
    // After its time the lock is over, and the old logins are dead all the same.
    scene.clock.advance(15 * MINUTE);
    let code = person.app.code_at(scene.seconds());
    verify(client, &fresh, "totp", &code).await.assert_problem(401, "challenge_invalid");
    assert_eq!(right(&scene, &person).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn each_lock_is_twice_as_long_until_a_right_code(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    for minutes in [15, 30, 60] {
        lock(&scene, &person).await;
        scene.clock.advance(minutes * MINUTE - STEP);
        right(&scene, &person).await.assert_problem(429, "rate_limited");
        scene.clock.advance(STEP);
    }
    assert_eq!(right(&scene, &person).await.status, 200);
    scene.clock.advance(STEP);
    lock(&scene, &person).await;
    scene.clock.advance(15 * MINUTE);
    assert_eq!(right(&scene, &person).await.status, 200);
    scene.server.stop().await;
}

/// AU-07: so many in a row, over all locks, disable it.
#[apply(on_both_databases)]
async fn a_hundred_disable_the_factor(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__FACTOR_CONSECUTIVE_FAILURES", "10")]).await;
    let person = scene.enrolled().await;
    for _ in 0..2 {
        lock(&scene, &person).await;
        scene.clock.advance(3 * 24 * 60 * MINUTE);
    }
    right(&scene, &person).await.assert_problem(429, "rate_limited");
    scene.clock.advance(30 * 24 * 60 * MINUTE);
    right(&scene, &person).await.assert_problem(429, "rate_limited");
    scene.server.stop().await;
}

/// AU-09: it is in the database.
#[apply(on_both_databases)]
async fn it_survives_a_restart(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    let wrong = person.app.wrong_at(scene.seconds());
    for _ in 0..3 {
        verify(scene.client(), &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    }
    scene.server.stop().await;
    let scene = Scene::start(&env, &[]).await;
    let wrong = person.app.wrong_at(scene.seconds());
    for _ in 0..2 {
        verify(scene.client(), &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    }
    right(&scene, &person).await.assert_problem(429, "rate_limited");
    scene.server.stop().await;
}

/// A process that died between the last wrong code and the lock leaves no factor locked for ever.
#[apply(on_both_databases)]
async fn a_lock_that_was_never_written_ends_as_well(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    assert_eq!(right(&scene, &person).await.status, 200);
    sql(&env, "UPDATE factor_attempts SET recent = 5, consecutive = 5");
    scene.clock.advance(15 * MINUTE);
    assert_eq!(right(&scene, &person).await.status, 200);
    scene.server.stop().await;
}

/// What was guessed at the old one says nothing of the new one, whose first code was right.
#[apply(on_both_databases)]
async fn another_app_is_not_locked(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_THROTTLE__FACTOR_CONSECUTIVE_FAILURES", "5")]).await;
    let mut person = scene.enrolled().await;
    lock(&scene, &person).await;
    scene.clock.advance(3 * 24 * 60 * MINUTE);
    right(&scene, &person).await.assert_problem(429, "rate_limited");
    let client = scene.client();
    let challenge = person.challenge(client).await;
    let login = verify(client, &challenge, "backup_code", &person.backup_codes[0]).await;
    let removed = client.call(Method::DELETE, "/api/v1/me/mfa/totp", &login.access(), json!(null)).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    person.family = Family::login(client, person.email()).await;
    let person = Enrolled::of(client, person.family, scene.seconds()).await;
    scene.clock.advance(2 * STEP);
    assert_eq!(right(&scene, &person).await.status, 200);
    scene.server.stop().await;
}
