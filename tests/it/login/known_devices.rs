//! Known devices: what their tokens are worth, to whom, and for how long.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use crate::accounts::scene::{LinkScene, NEW_PASSWORD};
use crate::admin::common::{person, user_path};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::scene::Scene;
use crate::support::sql::sql;

pub const LOGIN: &str = "/api/v1/auth/login";
const DAY: Duration = Duration::from_secs(86_400);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A login from the device that was given this token.
pub async fn login_from(client: &Client, email: &str, password: &str, token: &str) -> Reply {
    let body = json!({ "email": email, "password": password, "device_token": token });
    send(client.request(Method::POST, LOGIN).json(&body)).await
}

/// A right login, and the token that it answers with.
pub async fn token_of_login(client: &Client, email: &str) -> String {
    let reply = client.login(email, PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text("/device_token")
}

/// The device that a session was opened on.
fn device_of(env: &Env, reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    let session = reply.text("/session/id").replace('-', "");
    if env.backend() == Backend::Sqlite {
        let session = session.to_uppercase();
        return sql(
            env,
            &format!("SELECT hex(known_device_id) FROM session_families WHERE hex(id) = '{session}'"),
        );
    }
    let hex = |column: &str| format!("replace({column}::text, '-', '')");
    let (device, id) = (hex("known_device_id"), hex("id"));
    sql(env, &format!("SELECT {device} FROM session_families WHERE {id} = '{session}'"))
}

/// Whether the account knows the device of this token: then its next session is of the same device.
pub async fn is_known(env: &Env, client: &Client, (email, password): (&str, &str), token: &str) -> bool {
    let first = login_from(client, email, password, token).await;
    // The token that it has got instead is known in any case.
    let second = login_from(client, email, password, &first.text("/device_token")).await;
    assert_eq!(device_of(env, &first), device_of(env, &second));
    let third = login_from(client, email, password, token).await;
    device_of(env, &third) == device_of(env, &first)
}

/// Logs in by two factors.
async fn second_step(scene: &Scene, person: &crate::mfa::scene::Enrolled, more: Value) -> Reply {
    let challenge = person.challenge(scene.client()).await;
    let code = person.app.code_at(scene.seconds());
    let mut body = json!({ "challenge_token": challenge, "method": "totp", "code": code });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let request = scene.client().request(Method::POST, "/api/v1/auth/mfa/verify").header(USER_AGENT, FIREFOX);
    let reply = send(request.json(&body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    scene.clock.advance(crate::mfa::scene::STEP);
    reply
}

async fn first_step(scene: &Scene, email: &str, token: &str) -> Reply {
    let body = json!({ "email": email, "password": PASSWORD, "device_token": token });
    send(scene.client().request(Method::POST, LOGIN).header(USER_AGENT, FIREFOX).json(&body)).await
}

#[apply(on_both_databases)]
async fn every_login_makes_the_device_a_known_one(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let first = client.login(&user.email, PASSWORD).await;
    let token = first.text("/device_token");
    assert!(token.starts_with("kd2_"), "{token}");
    assert!(first.body.get("device_expires_in").is_none(), "it stands in for nothing");
    assert!(is_known(&env, &client, (&user.email, PASSWORD), &token).await);
    let other = client.login(&user.email, PASSWORD).await;
    assert_ne!(device_of(&env, &first), device_of(&env, &other), "without a token it is another device");
    // It is of one account.
    let stranger = client.signed_in().await;
    assert!(!is_known(&env, &client, (&stranger.email, PASSWORD), &token).await);
    for wrong in ["", "kd2_", "kd1_unknown", &format!("{token}A"), &token.replace("kd2_", "kd1_")] {
        assert!(!is_known(&env, &client, (&user.email, PASSWORD), wrong).await, "{wrong}");
    }
    // A refresh is no login.
    let refreshed = client.refresh(&first.refresh_token(), None).await;
    assert!(refreshed.body.get("device_token").is_none(), "{refreshed:?}");
    assert_eq!(sql(&env, "SELECT count(*) FROM trusted_devices"), "0", "it has no row");
}

#[apply(on_both_databases)]
async fn it_is_known_for_half_a_year_from_its_last_login(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let token = token_of_login(client, &user.email).await;
    scene.clock.advance(180 * DAY - Duration::from_secs(1));
    let renewed = login_from(client, &user.email, PASSWORD, &token).await;
    assert!(is_known(&env, client, (&user.email, PASSWORD), &token).await);
    scene.clock.advance(Duration::from_secs(1));
    assert!(!is_known(&env, client, (&user.email, PASSWORD), &token).await);
    let again = login_from(client, &user.email, PASSWORD, &renewed.text("/device_token")).await;
    assert_eq!(device_of(&env, &again), device_of(&env, &renewed));
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn after_a_logout_everywhere_only_the_browser_that_did_it_is_known(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let mine = client.login(&user.email, PASSWORD).await;
    let others = token_of_login(&client, &user.email).await;
    let reply = client.logout_all(&mine.access()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let new = reply.text("/device_token");
    for old in [&mine.text("/device_token"), &others] {
        assert!(!is_known(&env, &client, (&user.email, PASSWORD), old).await);
    }
    assert!(is_known(&env, &client, (&user.email, PASSWORD), &new).await);
}

#[apply(on_both_databases)]
async fn a_change_and_the_end_of_other_sessions_leave_devices_known(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let token = token_of_login(&client, &user.email).await;
    let own = client.login(&user.email, PASSWORD).await;
    assert_eq!(client.delete_other_sessions(&own.access()).await.status, 200);
    assert!(is_known(&env, &client, (&user.email, PASSWORD), &token).await);
}

/// What takes the account out of strange hands takes their devices out of its sight.
#[apply(on_both_databases)]
async fn after_a_reset_and_what_an_administrator_ends_none_is_known(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let client = &scene.client;
    let admin = person(&env, client, "user admin").await;
    for way in ["reset", "sessions", "disable"] {
        let target = person(&env, client, "user").await;
        let email = target.email.as_str();
        let token = token_of_login(client, email).await;
        let mut password = PASSWORD;
        assert!(is_known(&env, client, (email, password), &token).await, "{way}");
        if way == "reset" {
            let link = scene.reset_token(email, 1).await;
            password = NEW_PASSWORD;
            let reset = scene.reset(&link, password).await;
            let own = reset.text("/device_token");
            assert!(is_known(&env, client, (email, password), &own).await, "{way}");
        } else if way == "sessions" {
            let path = format!("{}/sessions", user_path(&target.id));
            let ended = admin.delete(client, &path).await;
            assert!(ended.status < 300, "{way}: {ended:?}");
        } else {
            for action in ["disable", "enable"] {
                let done = admin.act(client, &target.id, action).await;
                assert!(done.status < 300, "{action}: {done:?}");
            }
        }
        assert!(!is_known(&env, client, (email, password), &token).await, "{way}");
    }
}

/// Trust is put on a new token: a copy of one that was out before gains nothing by it.
#[apply(on_both_databases)]
async fn a_token_from_before_the_trust_is_not_trusted(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let person = scene.enrolled().await;
    let before = second_step(&scene, &person, json!({})).await;
    let old = before.text("/device_token");
    assert!(before.body.get("device_expires_in").is_none());
    let trusted = second_step(&scene, &person, json!({ "device_token": old, "trust_device": true })).await;
    assert_eq!(trusted.body["device_expires_in"], 30 * 86_400);
    assert_ne!(device_of(&env, &trusted), device_of(&env, &before));
    let token = trusted.text("/device_token");
    let by_trust = first_step(&scene, person.email(), &token).await;
    assert_eq!(device_of(&env, &by_trust), device_of(&env, &trusted));
    let left = by_trust.body["device_expires_in"].as_u64().expect("a number");
    assert!((1..30 * 86_400).contains(&left), "{left}");
    assert_eq!(first_step(&scene, person.email(), &old).await.body["mfa_required"], true);
    // Trust that is renewed takes the place of the old one, whose token is then merely known.
    let next = second_step(&scene, &person, json!({ "device_token": token, "trust_device": true })).await;
    assert_eq!(first_step(&scene, person.email(), &token).await.body["mfa_required"], true);
    assert_eq!(sql(&env, "SELECT count(*) FROM trusted_devices"), "1");
    // Removed from the list, it loses its trust and stays a known device.
    let access = next.access();
    let list = scene.client().call(Method::GET, "/api/v1/me/devices", &access, json!(null)).await;
    let path = format!("/api/v1/me/devices/{}", list.text("/items/0/id"));
    assert_eq!(scene.client().call(Method::DELETE, &path, &access, json!(null)).await.status, 204);
    let token = next.text("/device_token");
    assert_eq!(first_step(&scene, person.email(), &token).await.body["mfa_required"], true);
    let again = second_step(&scene, &person, json!({ "device_token": token })).await;
    assert_eq!(device_of(&env, &again), device_of(&env, &next));
    assert!(again.body.get("device_expires_in").is_none());
    scene.server.stop().await;
}
