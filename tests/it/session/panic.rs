//! An actor panics: its process, its session and all others live on.

use std::sync::Arc;

use futures_util::future::join_all;
use kindred::clock::SystemClock;
use kindred::session::fail_point;
use macro_rules_attribute::apply;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::faults::locked::PATIENT;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;
use crate::support::in_process::InProcess;
use crate::support::stall::Stall;

/// The actor of this session panics at its next message.
fn panic_at_next_message(session_id: &str) {
    fail_point::panic_at_next_message(Uuid::parse_str(session_id).expect("a session id"));
}

const KEY: &str = "attempt-0123456789abcdef";

#[apply(on_both_databases)]
async fn the_request_is_answered_by_the_next_actor(env: Env) {
    let server = InProcess::start(&env, Arc::new(SystemClock), &[]).await;
    let client = &server.client;
    let mut family = Family::open(client).await;
    let mut others = join_all((0..5).map(async |_| family.sibling(client).await)).await;
    for rotated in [&mut family].into_iter().chain(&mut others) {
        rotated.rotate(client).await;
    }
    panic_at_next_message(&family.id);
    // 200: the actor is started again and reads what the database says.
    family.rotate_as(client, Some(KEY)).await;
    assert_eq!(server.metric("auth_family_panics_total", &[]).await, 1.0);

    let retried = client.refresh(&family.refresh[1], Some(KEY)).await;
    assert_eq!(retried.refresh_token(), family.live());
    for family in [&mut family].into_iter().chain(&mut others) {
        family.assert_lives(client).await;
    }
    assert_eq!(server.metric("auth_family_panics_total", &[]).await, 1.0);
    let live = server.metric("auth_family_actors", &[("state", "live")]).await;
    assert_eq!(live, 6.0, "the dead actor is not counted");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_logout_is_carried_out_by_the_next_actor(env: Env) {
    let server = InProcess::start(&env, Arc::new(SystemClock), &[]).await;
    let mut family = Family::open(&server.client).await;
    family.rotate(&server.client).await;
    panic_at_next_message(&family.id);
    assert_eq!(server.client.logout(family.access()).await.status, 204);
    family.assert_ended(&server.client).await;
    assert_eq!(server.metric("auth_family_panics_total", &[]).await, 1.0);
    server.stop().await;
}

#[apply(on_both_databases)]
async fn those_who_wait_behind_the_panic_are_answered_too(env: Env) {
    const WAITING: usize = 5;
    let limit = ("KINDRED_SESSIONS__MAX_WAITING_PER_SESSION", "5");
    let server = InProcess::start(&env, Arc::new(SystemClock), &[&PATIENT[..], &[limit]].concat()).await;
    let mut family = Family::open(&server.client).await;

    let stall = Stall::writes(&env).await;
    let mut requests = JoinSet::new();
    for _ in 0..=WAITING {
        let (client, token) = (server.client.clone(), family.live().to_owned());
        requests.spawn(async move { client.refresh(&token, Some(KEY)).await });
    }
    // One is refused, so the others wait: the first for the database, the rest for the first.
    let refused = requests.join_next().await.expect("a request").expect("no panic");
    refused.assert_problem(429, "rate_limited");
    panic_at_next_message(&family.id);
    stall.release().await;

    let replies = requests.join_all().await;
    family.take(&replies[0]);
    for reply in &replies {
        assert_eq!((reply.status, reply.refresh_token()), (200, family.live().to_owned()));
    }
    assert_eq!(server.metric("auth_family_panics_total", &[]).await, 1.0);
    family.assert_lives(&server.client).await;
    server.stop().await;
}
