//! The answer got lost. A client that names its attempt gets the same successor; no one else does.

use std::time::Duration;

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, Reply};
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::scene::Scene;

const KEY: &str = "attempt-0123456789abcdef";
const OTHER_KEY: &str = "attempt-fedcba9876543210";

/// The answer carries what the family already has.
#[track_caller]
fn assert_same(reply: &Reply, family: &Family) {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.refresh_token(), family.live());
    assert_eq!(claims(&reply.access()), claims(family.access()));
}

#[apply(on_both_databases)]
async fn a_retry_after_a_lost_answer_gets_the_successor(env: Env) {
    let mut node = env.node(&[]).await;
    let proxy = ChaosProxy::start(node.base_url().trim_start_matches("http://").parse().unwrap()).await;
    let through = Client::new(&format!("http://{}", proxy.addr()));
    let mut family = Family::open(&through).await;

    proxy.drop_responses(true);
    assert!(through.try_refresh(family.live(), Some(KEY)).await.is_err(), "the answer is lost");
    proxy.drop_responses(false);

    let first = family.refresh[0].clone();
    family.rotate_as(&through, Some(KEY)).await;
    assert_same(&through.refresh(&first, Some(KEY)).await, &family);
    tokio::task::block_in_place(|| node.restart());
    let client = node.client();
    assert_same(&client.refresh(&first, Some(KEY)).await, &family);
    family.assert_lives(&client).await;
}

#[apply(on_both_databases)]
async fn another_key_or_none_is_a_replay(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for (with, again) in [(Some(KEY), Some(OTHER_KEY)), (Some(KEY), None), (None, Some(KEY)), (None, None)] {
        let mut family = Family::open(&client).await;
        family.rotate_as(&client, with).await;
        client.refresh(&family.refresh[0], again).await.assert_problem(409, "refresh_in_flight");
        family.age(&env, NO_RACE);
        let replayed = client.refresh(&family.refresh[0], again).await;
        replayed.assert_problem(401, "refresh_token_reused");
        family.assert_ended(&client).await;
    }
}

#[apply(on_both_databases)]
async fn the_right_key_does_not_save_a_grandparent(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for second in [None, Some(KEY)] {
        let mut family = Family::open(&client).await;
        family.rotate_as(&client, Some(KEY)).await;
        family.age(&env, NO_RACE);
        family.rotate_as(&client, second).await;
        client.refresh(&family.refresh[0], Some(KEY)).await.assert_problem(409, "refresh_in_flight");
        family.age(&env, NO_RACE);
        let replayed = client.refresh(&family.refresh[0], Some(KEY)).await;
        replayed.assert_problem(401, "refresh_token_reused");
        family.assert_ended(&client).await;
    }
}

#[apply(on_both_databases)]
async fn the_window_begins_at_the_rotation_and_does_not_slide(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_REFRESH__RETRY_WINDOW", "10m")]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(KEY)).await;
    let minute = Duration::from_secs(60);
    for _ in 0..9 {
        clock.advance(minute);
        assert_same(&server.client.refresh(&family.refresh[0], Some(KEY)).await, &family);
    }
    clock.advance(minute - Duration::from_micros(1));
    assert_same(&server.client.refresh(&family.refresh[0], Some(KEY)).await, &family);
    clock.advance(Duration::from_micros(1));
    let late = server.client.refresh(&family.refresh[0], Some(KEY)).await;
    late.assert_problem(401, "session_expired");
    server.client.refresh(family.live(), None).await.assert_problem(401, "session_revoked");
    let ended = server.metric("auth_sessions_ended_total", &[("reason", "retry_expired")]).await;
    assert_eq!(ended, 1.0);
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_phone_that_slept_for_weeks_finds_its_answer(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(KEY)).await;
    clock.advance(Duration::from_secs(29 * 86_400));
    assert_same(&server.client.refresh(&family.refresh[0], Some(KEY)).await, &family);
    family.rotate(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_key_that_follows_from_the_token_is_good_for_a_minute(env: Env) {
    const DERIVED: &str = "d.0123456789abcdef";
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(DERIVED)).await;
    clock.advance(Duration::from_secs(59));
    assert_same(&server.client.refresh(&family.refresh[0], Some(DERIVED)).await, &family);
    clock.advance(Duration::from_secs(1));
    let late = server.client.refresh(&family.refresh[0], Some(DERIVED)).await;
    late.assert_problem(401, "session_expired");
    family.assert_ended(&server.client).await;
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_successor_under_the_key_of_its_own_rotation_gives_the_same_tokens(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(KEY)).await;
    // The cookie jar had the successor already when the browser sent the retry.
    assert_same(&server.client.refresh(family.live(), Some(KEY)).await, &family);
    let unchanged = server.metric("auth_refresh_total", &[("outcome", "unchanged")]).await;
    assert_eq!(unchanged, 1.0);
    clock.advance(NO_RACE);
    family.rotate_as(&server.client, Some(KEY)).await;
    assert_eq!(family.refresh.len(), 3, "a new attempt under an old name");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn the_same_answer_is_given_ten_times_a_minute(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate_as(&server.client, Some(KEY)).await;
    for _ in 0..10 {
        assert_same(&server.client.refresh(&family.refresh[0], Some(KEY)).await, &family);
    }
    let refused = server.client.refresh(&family.refresh[0], Some(KEY)).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("61"));
    clock.advance(Duration::from_secs(60));
    assert_same(&server.client.refresh(&family.refresh[0], Some(KEY)).await, &family);
    server.stop().await;
}
