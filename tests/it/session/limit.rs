//! A user has so many sessions and no more; the least recently used give way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tokio::task::{JoinSet, spawn_blocking};

use crate::faults::seed::Rng;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, try_send};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::postgres::psql;
use crate::support::sql::count;

async fn listed(client: &Client, family: &Family) -> Vec<String> {
    let list = client.sessions(family.access()).await;
    assert_eq!(list.status, 200, "{list:?}");
    let items = list.body["items"].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

#[apply(on_both_databases)]
async fn of_fifty_logins_at_once_ten_sessions_are_left(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let first = Family::open(&client).await;
    let families = join_all((1..50).map(async |_| first.sibling(&client).await)).await;
    let all: Vec<_> = families.into_iter().chain([first]).collect();
    let verified = join_all(all.iter().map(async |family| client.verify(family.access()).await.status)).await;
    let (live, ended): (Vec<_>, Vec<_>) =
        all.into_iter().zip(verified).partition(|(_, status)| *status == 204);
    assert_eq!((live.len(), ended.len()), (10, 40));

    let mut expected: Vec<_> = live.iter().map(|(family, _)| family.id.clone()).collect();
    let mut found = listed(&client, &live[0].0).await;
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for (family, _) in &ended {
        family.assert_ended(&client).await;
    }
    for (mut family, _) in live {
        family.assert_lives(&client).await;
    }
    let count = metric(&node, "auth_sessions_ended_total", &[("reason", "session_limit")]).await;
    assert_eq!(count, 40.0);
}

#[apply(on_both_databases)]
async fn the_least_recently_used_session_gives_way(env: Env) {
    let node = env.node(&[("KINDRED_SESSIONS__MAX_PER_USER", "3")]).await;
    let client = node.client();
    let mut oldest = Family::open(&client).await;
    let second = oldest.sibling(&client).await;
    let third = oldest.sibling(&client).await;
    let mut stranger = Family::open(&client).await;
    oldest.rotate(&client).await;

    let fourth = oldest.sibling(&client).await;
    second.assert_ended(&client).await;
    assert_eq!(listed(&client, &fourth).await, [&fourth, &oldest, &third].map(|family| family.id.clone()));
    let mut fifth = oldest.sibling(&client).await;
    third.assert_ended(&client).await;
    for family in [&mut oldest, &mut fifth, &mut stranger] {
        family.assert_lives(&client).await;
    }
}

const FIVE: &[(&str, &str)] = &[("KINDRED_SESSIONS__MAX_PER_USER", "5"), ("KINDRED_PASSWORD__QUEUE", "1000")];
const LIVE: &str = "session_families WHERE revoked_at IS NULL";
/// From the first login to the kill, at most.
const LONGEST_ROUND: Duration = Duration::from_millis(300);

/// The access token of a login that was answered.
async fn log_in(client: Client, email: String) -> Option<String> {
    let request = client.request(Method::POST, "/api/v1/auth/login");
    let reply = try_send(request.json(&json!({"email": email, "password": PASSWORD}))).await.ok()?;
    assert_eq!(reply.status, 200, "{reply:?}");
    Some(reply.access())
}

/// I-14. The database is asked all the time, so that what is too much for an instant is seen as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_nodes_of_which_one_is_killed_there_are_never_too_many() {
    let mut rng = Rng::new("kill at the limit");
    let env = Env::new(Backend::Postgres).await;
    let (a, mut b) = (env.node(FIVE).await, env.node(FIVE).await);
    let email = Family::open(&a.client()).await.email;
    let over = Arc::new(AtomicBool::new(false));
    let watched = {
        let (over, url) = (Arc::clone(&over), env.database_url().to_owned());
        spawn_blocking(move || {
            let live = || psql(&url, &format!("SELECT count(*) FROM {LIVE}")).parse().expect("a number");
            let mut most: usize = live();
            while !over.load(Ordering::Relaxed) {
                most = most.max(live());
            }
            most
        })
    };
    let mut answered = Vec::new();
    for _ in 0..3 {
        let clients = [a.client(), b.client()];
        let mut logins = JoinSet::new();
        for number in 0..30 {
            logins.spawn(log_in(clients[number % 2].clone(), email.clone()));
        }
        rng.while_traffic_runs(LONGEST_ROUND).await;
        tokio::task::block_in_place(|| b.restart());
        answered.extend(logins.join_all().await.into_iter().flatten());
    }
    over.store(true, Ordering::Relaxed);
    assert_eq!(watched.await.expect("no panic"), 5, "at any instant");
    assert!(answered.len() >= 45, "the node that lives has answered: {}", answered.len());
    assert_eq!(count(&env, LIVE), 5);
    for client in [a.client(), b.client()] {
        eventually("the node knows which sessions are left", async || {
            let verified = answered.iter().map(async |access| client.verify(access).await.status);
            let live = join_all(verified).await.into_iter().filter(|status| *status == 204).count();
            (live <= 5).then_some(())
        })
        .await;
    }
}
