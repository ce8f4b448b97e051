//! A move to another address: proof of the new one, word to the old one.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CONFIRM, LinkScene, MOVE, NEW_PASSWORD, PUBLIC_URL};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::security_events::{count_events, wait_for_event};
use crate::support::sql::sql;

const NEW: &str = "ada.new@example.org";

#[apply(on_both_databases)]
async fn the_address_moves_when_the_new_one_is_proven(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let old = scene.verified().await;
    let mut family = Family::login(&scene.client, &old).await;
    let reset = scene.reset_token(&old, 1).await;
    let reply =
        scene.client.post_as(family.access(), MOVE, json!({"new_email": " ADA.new@Example.org"})).await;
    assert_eq!((reply.status, &reply.body), (202, &json!({"status": "accepted"})), "{reply:?}");
    let link = scene.mailbox.wait_for(NEW, "confirm_email_change").await;
    assert!(
        link.link().starts_with(&format!("{PUBLIC_URL}/account/confirm-email?token=")),
        "{}",
        link.link()
    );
    scene.mailbox.wait_for(&old, "email_change_requested").await;
    // Pending: nothing has moved yet.
    assert_eq!(scene.client.me(family.access()).await.body["email"], old);
    scene.client.login(NEW, PASSWORD).await.assert_problem(401, "invalid_credentials");

    let confirmed = scene.post(CONFIRM, json!({"token": link.token()})).await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    let me = scene.client.me(family.access()).await;
    assert_eq!((&me.body["email"], &me.body["email_verified"]), (&json!(NEW), &json!(true)));
    scene.mailbox.wait_for(&old, "email_changed").await;
    scene.mailbox.assert_none(&env, NEW, "email_changed").await;
    scene.client.login(&old, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(scene.client.login(NEW, PASSWORD).await.status, 200);
    family.assert_lives(&scene.client).await;
    assert_eq!((count_events(&env, "email.change_requested"), count_events(&env, "email.changed")), (1, 1));
    scene.post(CONFIRM, json!({"token": link.token()})).await.assert_problem(401, "token_invalid");
    scene.reset(&reset, NEW_PASSWORD).await.assert_problem(401, "token_invalid");
    // The old address is free, and not the account's.
    assert_eq!(scene.client.register(&old, PASSWORD).await.status, 201);
}

#[apply(on_both_databases)]
async fn a_later_request_voids_the_earlier_one(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::open(&scene.client).await;
    let first = scene.move_token(family.access(), NEW, 1).await;
    let second = scene.move_token(family.access(), "second@example.org", 1).await;
    scene.post(CONFIRM, json!({"token": first})).await.assert_problem(401, "token_invalid");
    assert_eq!(scene.post(CONFIRM, json!({"token": second})).await.status, 204);
    assert_eq!(scene.client.me(family.access()).await.body["email"], "second@example.org");
}

#[apply(on_both_databases)]
async fn a_taken_address_looks_like_a_free_one(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let (family, taken) = (Family::open(&scene.client).await, scene.verified().await);
    prove_addresses(&env);
    let mut replies = Vec::new();
    for new in [taken.as_str(), NEW] {
        replies.push(scene.client.post_as(family.access(), MOVE, json!({"new_email": new})).await);
    }
    wait_for_event(&env, "email.change_requested", 2).await;
    super::enumeration::assert_alike(&replies);
    scene.mailbox.wait_for(&taken, "address_taken").await;
    scene.mailbox.assert_none(&env, &taken, "confirm_email_change").await;
    // The second warning of its kind waits for the next hour.
    scene.mailbox.wait_for(&family.email, "email_change_requested").await;
    assert_eq!(sql(&env, "SELECT count(*) FROM one_time_tokens WHERE purpose = 'change_email'"), "1");
}

#[apply(on_both_databases)]
async fn what_is_no_change_is_refused(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::open(&scene.client).await;
    let upper = family.email.to_uppercase();
    for (new, code) in [("no address", "invalid_email"), ("", "invalid_email"), (upper.as_str(), "unchanged")]
    {
        let reply = scene.client.post_as(family.access(), MOVE, json!({"new_email": new})).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(
            (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
            ("new_email", code)
        );
    }
    scene.post(MOVE, json!({"new_email": unique_email()})).await.assert_problem(401, "token_missing");
    scene.mailbox.assert_none(&env, &family.email, "email_change_requested").await;
}

#[apply(on_both_databases)]
async fn it_takes_a_recent_authentication(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_SESSIONS__STEP_UP_MAX_AGE", "5m")]).await;
    let mut family = Family::open(&server.client).await;
    clock.advance(Duration::from_secs(301));
    family.rotate(&server.client).await;
    let reply = server.client.post_as(family.access(), MOVE, json!({"new_email": NEW})).await;
    reply.assert_problem(403, "step_up_required");
    let again = family.sibling(&server.client).await;
    let reply = server.client.post_as(again.access(), MOVE, json!({"new_email": NEW})).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    server.mailbox().wait_for(NEW, "confirm_email_change").await;
    assert_eq!(count_events(&env, "email.change_requested"), 1);
    server.stop().await;
}

#[apply(on_both_databases)]
async fn of_two_accounts_that_move_to_one_address_one_has_it(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let (one, two) = (Family::open(&scene.client).await, Family::open(&scene.client).await);
    let first = scene.move_token(one.access(), NEW, 1).await;
    let second = scene.move_token(two.access(), NEW, 2).await;
    let confirm = |token: String| {
        let client = scene.client.clone();
        tokio::spawn(async move { client.post(CONFIRM, json!({"token": token})).await.status })
    };
    let (first, second) = (confirm(first), confirm(second));
    let mut statuses = [first.await.expect("an answer"), second.await.expect("an answer")];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(count_events(&env, "email.changed"), 1);
}
