//! A forgotten password, from the request to the next login.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{FORGOT, LinkScene, NEW_PASSWORD, RESET};
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::family::Family;
use crate::support::security_events::{count_events, wait_for_event};
use crate::support::sql::sql;

/// All that a reset may change of an account.
fn account(env: &Env) -> String {
    let users = "SELECT email, status, credential_epoch, password_must_change, email_verified_at, updated_at FROM users ORDER BY email";
    let passwords = "SELECT hash, changed_at, failures, locked_at FROM password_credentials ORDER BY hash";
    format!("{}\n{}", sql(env, users), sql(env, passwords))
}

#[apply(on_both_databases)]
async fn a_reset_ends_all_sessions_and_opens_none(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let mut stranger = Family::open(&scene.client).await;
    prove_addresses(&env);
    let email = scene.verified().await;
    let (mut one, two) =
        (Family::login(&scene.client, &email).await, Family::login(&scene.client, &email).await);
    one.rotate(&scene.client).await;
    let yes = if env.backend() == Backend::Sqlite { "1" } else { "true" };
    sql(&env, &format!("UPDATE users SET password_must_change = {yes} WHERE email = '{email}'"));

    let token = scene.reset_token(&email, 1).await;
    let reply = scene.reset(&token, NEW_PASSWORD).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.text("/device_token").starts_with("kd2_"), "{reply:?}");
    assert!(reply.body.get("access_token").is_none(), "{reply:?}");
    assert!(!reply.headers.contains_key("set-cookie"));
    one.assert_ended(&scene.client).await;
    two.assert_ended(&scene.client).await;
    stranger.assert_lives(&scene.client).await;

    scene.client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let login = scene.client.login(&email, NEW_PASSWORD).await;
    assert_eq!(
        (login.status, &login.body["user"]["password_must_change"]),
        (200, &json!(false)),
        "{login:?}"
    );
    scene.mailbox.wait_for(&email, "password_changed").await;
    assert_eq!(count_events(&env, "password.reset"), 1);
    scene.mailbox.assert_none(&env, &stranger.email, "password_changed").await;
}

#[apply(on_both_databases)]
async fn nothing_changes_before_the_link_is_used(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let mut family = Family::login(&scene.client, &email).await;
    let before = account(&env);
    let token = scene.reset_token(&email, 1).await;
    assert_eq!(account(&env), before);
    for (weak, code) in [
        ("password1", "common_password"),
        ("short", "too_short"),
        ("", "forbidden_characters"),
        (email.as_str(), "own_data"),
    ] {
        let reply = scene.reset(&token, weak).await;
        reply.assert_problem(422, "weak_password");
        assert_eq!(
            (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
            ("new_password", code)
        );
    }
    let body =
        json!({"token": token, "new_password": NEW_PASSWORD, "mfa": {"method": "totp", "code": "123456"}});
    let reply = scene.post(RESET, body).await;
    reply.assert_problem(422, "validation_failed");
    assert_eq!(reply.text("/errors/0/field"), "mfa");
    assert_eq!(account(&env), before);
    family.assert_lives(&scene.client).await;
    assert_eq!(
        scene.reset(&token, NEW_PASSWORD).await.status,
        200,
        "what was refused has not spent the link"
    );
}

#[apply(on_both_databases)]
async fn a_reset_unlocks_and_proves_the_address(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    sql(&env, "UPDATE password_credentials SET failures = 100, locked_at = 5");
    sql(&env, "UPDATE users SET email_verified_at = NULL");
    let token = scene.reset_token(&email, 1).await;
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    assert_eq!(sql(&env, "SELECT failures, locked_at FROM password_credentials"), "0|");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE email_verified_at IS NULL"), "0");
    assert_eq!(scene.client.login(&email, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_has_no_password_gets_one(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    sql(&env, "DELETE FROM password_credentials");
    scene.client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let token = scene.reset_token(&email, 1).await;
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    assert_eq!(scene.client.login(&email, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn logins_with_the_old_password_lose(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let token = scene.reset_token(&email, 1).await;
    let logins = (0..12).map(|_| {
        let (client, email) = (scene.client.clone(), email.clone());
        tokio::spawn(async move { client.login(&email, PASSWORD).await })
    });
    let logins: Vec<_> = logins.collect();
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    for login in logins {
        let reply = login.await.expect("an answer");
        if reply.status == 200 {
            // It was first, so its session has ended.
            scene.client.verify(&reply.access()).await.assert_problem(401, "session_revoked");
            scene.client.refresh(&reply.refresh_token(), None).await.assert_problem(401, "session_revoked");
        } else {
            reply.assert_problem(401, "invalid_credentials");
        }
    }
}

#[apply(on_both_databases)]
async fn links_do_not_follow_the_host(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let request = scene.client.request(Method::POST, FORGOT).json(&json!({"email": email}));
    let spoofed = request
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "http")
        .header("X-Original-URL", "https://evil.example/")
        .header("Forwarded", "host=evil.example;proto=http")
        .header("Origin", "https://evil.example")
        .header("Referer", "https://evil.example/");
    assert_eq!(send(spoofed).await.status, 202);
    let mail = scene.mailbox.wait_for(&email, "reset_password").await;
    assert!(
        mail.link().starts_with("https://id.example.test/auth/account/reset-password?token="),
        "{}",
        mail.link()
    );
    assert!(!mail.raw.contains("evil"), "{}", mail.raw);
}

#[apply(on_both_databases)]
async fn steps_cannot_be_skipped(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let id = sql(&env, "SELECT id FROM users");
    let before = account(&env);
    scene.post(FORGOT, json!({"email": email})).await;
    wait_for_event(&env, "password.reset_requested", 1).await;
    for token in ["", "null", email.as_str(), id.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        scene.reset(token, NEW_PASSWORD).await.assert_problem(401, "token_invalid");
    }
    let hash = sql(
        &env,
        if env.backend() == Backend::Sqlite {
            "SELECT hex(token_hash) FROM one_time_tokens"
        } else {
            "SELECT encode(token_hash, 'hex') FROM one_time_tokens"
        },
    );
    for hash in hash.lines() {
        scene.reset(hash, NEW_PASSWORD).await.assert_problem(401, "token_invalid");
        scene.reset(&hash.to_lowercase(), NEW_PASSWORD).await.assert_problem(401, "token_invalid");
    }
    let access = Family::login(&scene.client, &email).await.access().to_owned();
    let reply =
        scene.client.post_as(&access, RESET, json!({"token": access, "new_password": NEW_PASSWORD})).await;
    reply.assert_problem(401, "token_invalid");
    assert_eq!(account(&env), before);
    let reply = scene.client.post(FORGOT, json!({"email": "no address"})).await;
    reply.assert_problem(422, "validation_failed");
    assert_eq!(reply.text("/errors/0/code"), "invalid_email");
}
