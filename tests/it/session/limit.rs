//! A user has so many sessions and no more; the least recently used give way.

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Client;
use crate::support::family::Family;
use crate::support::metrics::metric;

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
