//! An administrator removes lost factors, and lifts the locks of factors.

use std::time::Duration;

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Enrolled, STEP, verify};
use super::stand_ins::{give_numbers, give_passkeys};
use crate::admin::common::{Person, person, user_path};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::eventually::eventually;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const COOLDOWN: (&str, &str) = ("KINDRED_MFA__RESET_COOLDOWN", "1h");
const HOUR: Duration = Duration::from_secs(3_600);
const TABLES: [&str; 7] = [
    "totp_authenticators",
    "backup_codes",
    "trusted_devices",
    "factor_attempts",
    "passkeys",
    "sms_authenticators",
    "sms_codes",
];

async fn id_of(client: &Client, person: &Enrolled) -> String {
    client.me(person.family.access()).await.text("/id")
}

async fn login_from(client: &Client, email: &str, device: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "device_token": device});
    send(client.request(Method::POST, "/api/v1/auth/login").json(&body)).await
}

fn rows(env: &Env) -> [String; 7] {
    TABLES.map(|table| sql(env, &format!("SELECT count(*) FROM {table}")))
}

/// Wrong codes until the factor is locked; twice does it here.
async fn lock(scene: &Scene, person: &Enrolled) {
    let challenge = person.challenge(scene.client()).await;
    let wrong = person.app.wrong_at(scene.seconds());
    for _ in 0..2 {
        verify(scene.client(), &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    }
    let challenge = person.challenge(scene.client()).await;
    let right = person.app.code_at(scene.seconds());
    verify(scene.client(), &challenge, "totp", &right).await.assert_problem(429, "rate_limited");
}

async fn reset(client: &Client, admin: &Person, target: &str) {
    let reply = admin.act(client, target, "reset-mfa").await;
    assert_eq!((reply.status, &reply.body), (204, &Value::Null), "{reply:?}");
}

/// MF-15
#[apply(on_both_databases)]
async fn all_factors_go_and_no_one_gets_in_for_a_while(env: Env) {
    let scene = Scene::start(&env, &[COOLDOWN]).await;
    let client = scene.client();
    let (ada, bob) = (scene.enrolled().await, scene.enrolled().await);
    prove_addresses(&env);
    let admin = person(&env, client, "user admin").await;
    let id = id_of(client, &ada).await;
    let body = json!({
        "challenge_token": ada.challenge(client).await, "method": "totp",
        "code": ada.app.code_at(scene.seconds()), "trust_device": true,
    });
    let trusted = send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await;
    scene.clock.advance(STEP);
    let challenge = ada.challenge(client).await;
    let wrong = ada.app.wrong_at(scene.seconds());
    verify(client, &challenge, "totp", &wrong).await.assert_problem(401, "mfa_code_invalid");
    give_passkeys(&env);
    give_numbers(&env);
    sql(&env, &format!("UPDATE users SET mfa_enrolled_at = NULL WHERE email = '{}'", admin.email));
    sql(&env, "DELETE FROM passkeys WHERE user_id NOT IN (SELECT user_id FROM totp_authenticators)");
    // Each has stepped up by the app: a row of attempts for each, though none of bob's was wrong.
    assert_eq!(rows(&env), ["2", "20", "1", "2", "2", "3", "3"]);
    let before = admin.get(client, &user_path(&id)).await;
    assert_eq!((&before.body["mfa_enrolled"], &before.body["mfa_reset_until"]), (&json!(true), &Value::Null));

    reset(client, &admin, &id).await;
    for access in [ada.family.access(), &trusted.access()] {
        client.verify(access).await.assert_problem(401, "session_revoked");
    }
    client.refresh(ada.family.live(), None).await.assert_problem(401, "session_revoked");
    let right = ada.app.code_at(scene.seconds());
    verify(client, &challenge, "totp", &right).await.assert_problem(401, "challenge_invalid");
    assert_eq!(rows(&env), ["1", "10", "0", "1", "1", "2", "2"], "bob's are left");
    assert_eq!(client.verify(bob.family.access()).await.status, 204);
    let shown = admin.get(client, &user_path(&id)).await;
    let usable_at = scene.clock.now().plus(HOUR).rfc3339();
    assert_eq!(
        (&shown.body["mfa_enrolled"], &shown.body["mfa_reset_until"]),
        (&json!(false), &json!(usable_at))
    );
    let events = admin.events_about(client, "factors.reset", &id).await;
    assert_eq!((events.len(), &events[0]["actor_id"]), (1, &json!(admin.id)));
    assert_eq!(
        events[0]["detail"],
        json!({"methods": ["totp", "backup_code", "sms", "webauthn"], "usable_at": usable_at})
    );
    scene.server.mailbox().wait_for(ada.email(), "factors_reset").await;

    // Only who knows the password learns of it, from whichever device.
    let device = trusted.text("/device_token");
    for left in [3_600, 1] {
        scene.clock.advance(if left == 1 { HOUR - Duration::from_secs(1) } else { Duration::ZERO });
        for refused in
            [client.login(ada.email(), PASSWORD).await, login_from(client, ada.email(), &device).await]
        {
            refused.assert_problem(403, "mfa_reset_pending");
            let wait = refused.body["retry_after"].as_i64().expect("seconds");
            assert!((left..=left + 1).contains(&wait), "{wait}");
            assert_eq!(refused.header("retry-after"), Some(wait.to_string().as_str()));
        }
        client.login(ada.email(), "wrong horse").await.assert_problem(401, "invalid_credentials");
    }
    scene.clock.advance(Duration::from_secs(1));
    let login = login_from(client, ada.email(), &device).await;
    assert_eq!((login.status, &login.body["session"]["aal"]), (200, &json!(1)), "{login:?}");
    let begun = client.call(Method::POST, "/api/v1/me/mfa/totp", &login.access(), json!(null)).await;
    assert_eq!(begun.status, 200, "a new app can be set up: {begun:?}");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn where_there_is_no_factor_nothing_happens(env: Env) {
    let scene = Scene::start(&env, &[COOLDOWN]).await;
    let client = scene.client();
    let (admin, target) = (person(&env, client, "user admin").await, person(&env, client, "user").await);
    // Begun, and never confirmed: that is none.
    assert_eq!(target.post(client, "/api/v1/me/mfa/totp", json!({})).await.status, 200);
    for _ in 0..2 {
        reset(client, &admin, &target.id).await;
    }
    assert_eq!(client.verify(&target.access).await.status, 204);
    assert_eq!(client.login(&target.email, PASSWORD).await.status, 200);
    assert!(admin.events_about(client, "factors.reset", &target.id).await.is_empty());
    scene.server.mailbox().assert_none(&env, &target.email, "factors_reset").await;
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn without_a_cooldown_the_password_opens_at_once(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let admin = person(&env, client, "user admin").await;
    reset(client, &admin, &id_of(client, &ada).await).await;
    let login = client.login(ada.email(), PASSWORD).await;
    assert_eq!((login.status, &login.body["session"]["aal"]), (200, &json!(1)), "{login:?}");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn no_one_resets_their_own_nor_may_support(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let id = id_of(client, &ada).await;
    let (admin, other) = (person(&env, client, "user admin").await, person(&env, client, "user admin").await);
    let support = person(&env, client, "user support").await;
    admin.act(client, &admin.id, "reset-mfa").await.assert_problem(403, "forbidden");
    support.act(client, &id, "reset-mfa").await.assert_problem(403, "forbidden");
    assert_eq!(rows(&env), ["1", "10", "0", "1", "0", "0", "0"], "with the row of her step-up");
    let denied = admin.events_about(client, "access.denied", &admin.id).await;
    assert_eq!(denied[0]["detail"], json!({"operation": "reset_mfa", "target": admin.id}));
    // Among administrators each may act on the other.
    reset(client, &admin, &other.id).await;
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_login_under_way_comes_to_nothing(env: Env) {
    let scene = Scene::start(&env, &[COOLDOWN]).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let admin = person(&env, client, "user admin").await;
    let id = id_of(client, &ada).await;
    let challenge = ada.challenge(client).await;
    let code = ada.app.code_at(scene.seconds());
    let (login, ()) = tokio::join!(verify(client, &challenge, "totp", &code), reset(client, &admin, &id));
    if login.status == 200 {
        client.verify(&login.access()).await.assert_problem(401, "session_revoked");
        client.refresh(&login.refresh_token(), None).await.assert_problem(401, "session_revoked");
    }
    client.login(ada.email(), PASSWORD).await.assert_problem(403, "mfa_reset_pending");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn an_unlocked_account_has_all_attempts_again(env: Env) {
    let often =
        [("KINDRED_THROTTLE__FACTOR_FAILURES", "2"), ("KINDRED_THROTTLE__FACTOR_CONSECUTIVE_FAILURES", "2")];
    let scene = Scene::start(&env, &often).await;
    let client = scene.client();
    let ada = scene.enrolled().await;
    let admin = person(&env, client, "user admin").await;
    let id = id_of(client, &ada).await;
    lock(&scene, &ada).await;
    let before = admin.get(client, &user_path(&id)).await;
    assert_eq!(before.body["locked_at"], Value::Null, "its password is not locked");
    for _ in 0..2 {
        assert_eq!(admin.act(client, &id, "unlock").await.status, 204);
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM factor_attempts"), "0");
    assert_eq!(admin.events_about(client, "account.unlocked", &id).await.len(), 1);
    assert_eq!(client.verify(ada.family.access()).await.status, 204, "its sessions live on");
    scene.log_in(&ada).await;
    // What was right leaves nothing to be forgotten.
    assert_eq!(admin.act(client, &id, "unlock").await.status, 204);
    assert_eq!(admin.events_about(client, "account.unlocked", &id).await.len(), 1);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn the_command_line_does_it_as_well(env: Env) {
    let node = env.node(&[COOLDOWN]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let ada = Enrolled::new(&client, SystemClock.now().unix_seconds()).await;
    prove_addresses(&env);
    let id = id_of(&client, &ada).await;
    let show = || node.run(&["user", "show", ada.email()]);
    let has = |shown: &str, name: &str, value: &str| {
        shown.lines().any(|line| line.starts_with(name) && line.contains(value))
    };
    assert!(has(&show(), "mfa_enrolled", "true") && has(&show(), "mfa_reset_until", "null"), "{}", show());
    node.run(&["user", "reset-mfa", ada.email()]);
    assert!(has(&show(), "mfa_enrolled", "false") && has(&show(), "mfa_reset_until", "Z"), "{}", show());
    eventually("the server enforces it", async || {
        (client.verify(ada.family.access()).await.code() == "session_revoked").then_some(())
    })
    .await;
    client.login(ada.email(), PASSWORD).await.assert_problem(403, "mfa_reset_pending");
    let events = admin.events_about(&client, "factors.reset", &id).await;
    assert_eq!(
        (events.len(), &events[0]["actor_id"], &events[0]["detail"]["via"]),
        (1, &Value::Null, &json!("cli"))
    );
    node.mailbox().wait_for(ada.email(), "factors_reset").await;
    sql(&env, "UPDATE users SET roles = 'user admin'");
    node.run(&["user", "reset-mfa", &admin.id]);
    assert_eq!(client.verify(&admin.access).await.status, 204, "there was nothing to reset");
}
