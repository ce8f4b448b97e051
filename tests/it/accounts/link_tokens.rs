//! The secrets in links: once, for one purpose, for a while, and only as hashes in the database.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CONFIRM, FORGOT, LinkScene, NEW_PASSWORD, RESEND, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const INSTANT: Duration = Duration::from_micros(1);
const MINUTE: Duration = Duration::from_secs(60);

#[apply(on_both_databases)]
async fn fifty_at_once_reset_once(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let token = scene.reset_token(&email, 1).await;
    let attempts = (0..50).map(|number| {
        let (client, token) = (scene.client.clone(), token.clone());
        let password = format!("{NEW_PASSWORD}-{number}");
        tokio::spawn(async move {
            let body = json!({"token": token, "new_password": password});
            (client.post(RESET, body).await.status, password)
        })
    });
    let mut winners = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        let (status, password) = attempt.await.expect("an answer");
        assert!([200, 401].contains(&status), "{status}");
        if status == 200 {
            winners.push(password);
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(scene.client.login(&email, &winners[0]).await.status, 200);
    assert_eq!(count_events(&env, "password.reset"), 1);
    scene.mailbox.settled(&env).await;
    assert_eq!(scene.mailbox.all(&email, "password_changed").len(), 1);
    scene.reset(&token, NEW_PASSWORD).await.assert_problem(401, "token_invalid");
}

#[apply(on_both_databases)]
async fn one_use_voids_the_others(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = scene.verified().await;
    let (first, second) = (scene.reset_token(&email, 1).await, scene.reset_token(&email, 2).await);
    let access = Family::login(&scene.client, &email).await.access().to_owned();
    let moved = scene.move_token(&access, &unique_email(), 1).await;
    assert_eq!(scene.reset(&first, NEW_PASSWORD).await.status, 200);
    scene.reset(&second, PASSWORD).await.assert_problem(401, "token_invalid");
    scene.post(CONFIRM, json!({"token": moved})).await.assert_problem(401, "token_invalid");
    // A link of someone else is not touched by that.
    let other = scene.verified().await;
    let theirs = scene.reset_token(&other, 1).await;
    let third = scene.reset_token(&email, 3).await;
    assert_eq!(scene.reset(&third, PASSWORD).await.status, 200);
    assert_eq!(scene.reset(&theirs, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn five_at_most_are_outstanding(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = unique_email();
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 201);
    let first = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let reset = scene.reset_token(&email, 1).await;
    let requests = (0..12).flat_map(|_| [RESEND, FORGOT]).map(|path| {
        let (client, body) = (scene.client.clone(), json!({"email": email}));
        tokio::spawn(async move { client.post(path, body).await.status })
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(request.await.expect("an answer"), 202);
    }
    scene.mailbox.settled(&env).await;
    for purpose in ["verify_email", "reset_password"] {
        let unspent = "used_at IS NULL AND voided_at IS NULL";
        let count = format!("SELECT count(*) FROM one_time_tokens WHERE purpose = '{purpose}' AND {unspent}");
        let count: usize = sql(&env, &count).parse().expect("a number");
        assert!((1..=5).contains(&count), "{purpose}: {count}");
    }
    // No matter who asks, the links that were delivered work.
    assert_eq!(scene.verify(&first).await.status, 200);
    assert_eq!(scene.reset(&reset, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_link_is_good_for_its_purpose_only(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let email = unique_email();
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 201);
    let access = Family::login(&scene.client, &email).await.access().to_owned();
    let new = unique_email();
    let verify = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let moved = scene.move_token(&access, &new, 1).await;
    let reset = scene.reset_token(&email, 1).await;
    for (path, foreign) in
        [(VERIFY, [&moved, &reset]), (CONFIRM, [&verify, &reset]), (RESET, [&verify, &moved])]
    {
        for token in foreign {
            let mut body = json!({"token": token});
            if path == RESET {
                body["new_password"] = json!(NEW_PASSWORD);
            }
            scene.post(path, body.clone()).await.assert_problem(401, "token_invalid");
            body["token"] = json!("nonsense");
            scene.post(path, body).await.assert_problem(401, "token_invalid");
        }
    }
    // None of that has spent, or revived, any.
    assert_eq!(
        sql(&env, "SELECT count(*) FROM one_time_tokens WHERE used_at IS NULL AND voided_at IS NULL"),
        "3"
    );
    assert_eq!(scene.verify(&verify).await.status, 200);
    assert_eq!(scene.post(CONFIRM, json!({"token": moved})).await.status, 204);
    scene.post(VERIFY, json!({"token": verify})).await.assert_problem(401, "token_invalid");
    scene.reset(&reset, NEW_PASSWORD).await.assert_problem(401, "token_invalid");
}

#[apply(on_both_databases)]
async fn no_secret_of_a_link_is_logged(env: Env) {
    let mut scene = LinkScene::start(&env, &[("KINDRED_TELEMETRY__LOG_LEVEL", "info,kindred=debug")]).await;
    let email = scene.verified().await;
    let token = scene.reset_token(&email, 1).await;
    scene.reset("a-wrong-token-of-a-link", NEW_PASSWORD).await.assert_problem(401, "token_invalid");
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    // Then all of its lines are there.
    assert!(scene.node.terminate().success());
    let logs = scene.node.logs();
    assert!(logs.contains("/api/v1/auth/password/reset"), "requests are logged: {logs}");
    for secret in [token.as_str(), "a-wrong-token-of-a-link", NEW_PASSWORD, email.as_str()] {
        assert!(!logs.contains(secret), "{secret} stands in the log");
    }
}

#[apply(on_both_databases)]
async fn links_expire_to_the_microsecond(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mailbox = server.mailbox();
    let email = unique_email();
    assert_eq!(server.client.register(&email, PASSWORD).await.status, 201);
    let verify = mailbox.wait_for(&email, "verify_email").await.token();
    let access = Family::login(&server.client, &email).await.access().to_owned();
    let body = json!({"new_email": "new@example.com"});
    assert_eq!(server.client.post_as(&access, super::scene::MOVE, body).await.status, 202);
    let moved = mailbox.wait_for("new@example.com", "confirm_email_change").await.token();
    assert_eq!(server.client.post(FORGOT, json!({"email": email})).await.status, 202);
    let reset = mailbox.wait_for(&email, "reset_password").await.token();
    // All refused at their ends, and good just before.
    let weak = json!({"token": reset, "new_password": "weak"});
    clock.advance(30 * MINUTE - INSTANT);
    server.client.post(RESET, weak.clone()).await.assert_problem(422, "weak_password");
    clock.advance(INSTANT);
    server.client.post(RESET, weak).await.assert_problem(401, "token_invalid");
    clock.advance(30 * MINUTE);
    server.client.post(CONFIRM, json!({"token": moved})).await.assert_problem(401, "token_invalid");
    clock.advance(23 * 60 * MINUTE - INSTANT);
    let body = json!({"token": verify, "password": PASSWORD});
    assert_eq!(server.client.post(VERIFY, body).await.status, 200);
    server.stop().await;
}
