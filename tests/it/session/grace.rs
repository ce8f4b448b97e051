//! The grace for clients that cannot name their attempts: off unless configured, and narrow.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, send};
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::scene::Scene;

const GRACE: &[(&str, &str)] = &[("KINDRED_REFRESH__GRACE", "30s")];
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Sends the spent token once more; it must get the successor that the family has.
async fn assert_graced(client: &Client, family: &Family) {
    let again = client.refresh(&family.refresh[family.refresh.len() - 2], None).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(again.refresh_token(), family.live());
    assert_eq!(claims(&again.access()), claims(family.access()));
}

/// It gets nothing: for a while it may be a race, and then it ends the family.
async fn assert_not_graced(env: &Env, client: &Client, family: &Family) {
    let spent = &family.refresh[family.refresh.len() - 2];
    client.refresh(spent, None).await.assert_problem(409, "refresh_in_flight");
    family.age(env, NO_RACE);
    client.refresh(spent, None).await.assert_problem(401, "refresh_token_reused");
    family.assert_ended(client).await;
}

#[apply(on_both_databases)]
async fn the_same_successor_until_it_is_seen_in_use(env: Env) {
    let node = env.node(GRACE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    assert_graced(&client, &family).await;
    assert_graced(&client, &family).await;
    // The old access token says nothing about the successor.
    assert_eq!(client.verify(&family.access[0]).await.status, 204);
    assert_graced(&client, &family).await;
    assert_eq!(client.verify(family.access()).await.status, 204);
    assert_not_graced(&env, &client, &family).await;
}

#[apply(on_both_databases)]
async fn a_successor_that_was_spent_ends_the_grace(env: Env) {
    let node = env.node(GRACE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    family.rotate(&client).await;
    assert_graced(&client, &family).await;
    client.refresh(&family.refresh[0], None).await.assert_problem(409, "refresh_in_flight");
    family.age(&env, NO_RACE);
    let replayed = client.refresh(&family.refresh[0], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
}

#[apply(on_both_databases)]
async fn another_device_has_no_grace(env: Env) {
    let node = env.node(GRACE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    assert_graced(&client, &family).await;
    family.age(&env, NO_RACE);
    let request = client.request(Method::POST, "/api/v1/auth/refresh").header("User-Agent", FIREFOX);
    let stolen = send(request.json(&json!({"refresh_token": family.refresh[0]}))).await;
    stolen.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&client).await;
}

#[apply(on_both_databases)]
async fn it_begins_at_the_rotation_and_does_not_slide(env: Env) {
    let Scene { clock, server } = Scene::start(&env, GRACE).await;
    let mut family = Family::open(&server.client).await;
    family.rotate(&server.client).await;
    for step in [Duration::from_secs(29), Duration::from_micros(999_999)] {
        clock.advance(step);
        assert_graced(&server.client, &family).await;
    }
    clock.advance(Duration::from_micros(1));
    let late = server.client.refresh(&family.refresh[0], None).await;
    late.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&server.client).await;
    server.stop().await;
}
