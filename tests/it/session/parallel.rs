//! Many refreshes of one token at the same time: one successor, and no one is taken for a thief.

use macro_rules_attribute::apply;
use tokio::task::JoinSet;

use crate::faults::locked::PATIENT;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply};
use crate::support::family::{Family, claims};
use crate::support::stall::Stall;

/// Requests beyond the limit, at each node.
const EXCESS: usize = 10;
const KEY: &str = "one-attempt-of-many-tabs";

/// So many requests of one session may wait, for as long as it takes.
fn with_places_for(requests: &str) -> Vec<(&str, &str)> {
    [&PATIENT[..], &[("KINDRED_SESSIONS__MAX_WAITING_PER_SESSION", requests)]].concat()
}

/// Sends more requests to each node than may wait there, while nothing can be committed. A request that
/// is refused tells that all places are taken: the others have arrived before the first is answered.
async fn stampede(
    env: &Env,
    nodes: &[Client],
    limit: usize,
    token: &str,
    key: Option<&'static str>,
) -> Vec<Reply> {
    let stall = Stall::writes(env).await;
    let mut requests = JoinSet::new();
    for client in nodes.iter().flat_map(|node| std::iter::repeat_n(node, limit + EXCESS)) {
        let (client, token) = (client.clone(), token.to_owned());
        requests.spawn(async move { client.refresh(&token, key).await });
    }
    for _ in 0..EXCESS * nodes.len() {
        let refused = requests.join_next().await.expect("a request").expect("no panic");
        refused.assert_problem(429, "rate_limited");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    stall.release().await;
    requests.join_all().await
}

async fn assert_one_wins(env: &Env, nodes: &[Client], limit: usize) {
    let mut family = Family::open(&nodes[0]).await;
    let replies = stampede(env, nodes, limit, family.live(), None).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((won.len(), lost.len()), (1, limit * nodes.len() - 1), "{replies:?}");
    for reply in lost {
        reply.assert_problem(409, "refresh_in_flight");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    family.take(won[0]);
    for node in nodes {
        family.assert_lives(node).await;
    }
}

async fn assert_all_get_the_same(env: &Env, nodes: &[Client], limit: usize) {
    let mut family = Family::open(&nodes[0]).await;
    let replies = stampede(env, nodes, limit, family.live(), Some(KEY)).await;
    assert_eq!(replies.len(), limit * nodes.len());
    let (given, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    // The winner, and as often as each process hands out the same answer in a minute.
    assert_eq!(given.len(), 1 + 10 * nodes.len(), "{refused:?}");
    for reply in refused {
        reply.assert_problem(429, "rate_limited");
    }
    family.take(given[0]);
    for reply in given {
        assert_eq!(reply.refresh_token(), family.live());
        assert_eq!(claims(&reply.access()), claims(family.access()));
    }
    for node in nodes {
        family.assert_lives(node).await;
    }
}

#[apply(on_both_databases)]
async fn of_fifty_refreshes_one_wins_and_the_rest_are_told_to_use_its_answer(env: Env) {
    let node = env.node(&with_places_for("50")).await;
    assert_one_wins(&env, &[node.client()], 50).await;
}

#[apply(on_both_databases)]
async fn fifty_refreshes_with_one_key_get_the_same_successor(env: Env) {
    let node = env.node(&with_places_for("50")).await;
    assert_all_get_the_same(&env, &[node.client()], 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_agree_on_one_successor() {
    let env = Env::new(Backend::Postgres).await;
    let settings = with_places_for("25");
    let (a, b) = (env.node(&settings).await, env.node(&settings).await);
    let nodes = [a.client(), b.client()];
    assert_one_wins(&env, &nodes, 25).await;
    assert_all_get_the_same(&env, &nodes, 25).await;
}
