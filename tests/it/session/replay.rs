//! A spent token comes back: its family ends, and nothing else does.

use macro_rules_attribute::apply;
use serde_json::json;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Client;
use crate::support::family::{Family, LONG_RACE, NO_LONG_RACE, NO_RACE};
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::security_events::details_in;

const REPLAYED: &str = "refresh_token.replayed";

async fn replays(node: &Node, class: &str) -> f64 {
    metric(node, "auth_refresh_replay_total", &[("class", class)]).await
}

const KEY: &str = "attempt-0123456789abcdef";

/// Presents the previous token when a race no longer explains it.
async fn replay_previous(env: &Env, client: &Client, family: &mut Family) {
    let spent = family.refresh[family.refresh.len() - 2].clone();
    client.refresh(&spent, None).await.assert_problem(409, "refresh_in_flight");
    family.age(env, NO_LONG_RACE);
    client.refresh(&spent, None).await.assert_problem(401, "refresh_token_reused");
    family.assert_ended(client).await;
}

#[apply(on_both_databases)]
async fn each_class_of_replay_ends_its_family_alone(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut bystander = Family::open(&client).await;
    bystander.rotate(&client).await;
    for (count, class, rotations) in [(0, "previous", 1), (1, "previous_acknowledged", 1), (2, "stale", 2)] {
        let mut family = bystander.sibling(&client).await;
        for number in 0..rotations {
            family.rotate_as(&client, Some(&format!("{KEY}-{number}"))).await;
        }
        if class == "previous_acknowledged" {
            assert_eq!(client.verify(family.access()).await.status, 204);
        }
        let raced = client.refresh(&family.refresh[0], None).await;
        raced.assert_problem(409, "refresh_in_flight");
        family.age(&env, NO_RACE);
        let replayed = client.refresh(&family.refresh[0], None).await;
        replayed.assert_problem(401, "refresh_token_reused");

        family.assert_ended(&client).await;
        bystander.assert_lives(&client).await;
        assert_eq!(replays(&node, class).await, 1.0, "{class}");
        let ended = metric(&node, "auth_sessions_ended_total", &[("reason", "replay")]).await;
        assert_eq!(ended, f64::from(count + 1));
        let detail = json!({"class": class, "generation": 1, "current_generation": rotations + 1});
        assert_eq!(details_in(&env, REPLAYED, &family.id), [detail]);
    }
    assert!(details_in(&env, REPLAYED, &bystander.id).is_empty());
}

#[apply(on_both_databases)]
async fn what_a_client_that_names_nothing_sends_again_is_no_alarm(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    family.age(&env, NO_RACE);
    let unconfirmed = client.refresh(&family.refresh[0], None).await;
    unconfirmed.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&client).await;
    for class in ["previous", "previous_acknowledged", "stale"] {
        assert_eq!(replays(&node, class).await, 0.0, "{class}");
    }
    let unconfirmed = metric(&node, "auth_refresh_total", &[("outcome", "unconfirmed")]).await;
    assert_eq!(unconfirmed, 1.0);
    assert!(details_in(&env, REPLAYED, &family.id).is_empty());
    let causes = json!(["answer_lost", "token_stolen"]);
    let told = details_in(&env, "refresh_token.unconfirmed", &family.id);
    assert_eq!(told, [json!({"causes": causes, "generation": 1, "current_generation": 2})]);
}

#[apply(on_both_databases)]
async fn a_spent_token_of_a_session_that_was_logged_out_is_no_alarm(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    family.rotate(&client).await;
    family.rotate(&client).await;
    assert_eq!(client.logout(family.access()).await.status, 204);
    family.assert_ended(&client).await;
    for class in ["previous", "previous_acknowledged", "stale"] {
        assert_eq!(replays(&node, class).await, 0.0, "{class}");
    }
    assert!(details_in(&env, REPLAYED, &family.id).is_empty());
}

#[apply(on_both_databases)]
async fn a_replay_is_recognised_after_a_restart(env: Env) {
    let mut node = env.node(&[LONG_RACE]).await;
    for kill in [false, true] {
        let client = node.client();
        let mut stale = Family::open(&client).await;
        for _ in 0..3 {
            stale.rotate(&client).await;
        }
        let mut previous = stale.sibling(&client).await;
        previous.rotate_as(&client, Some(KEY)).await;
        let mut bystander = stale.sibling(&client).await;
        if !kill {
            assert!(tokio::task::block_in_place(|| node.terminate()).success());
        }
        tokio::task::block_in_place(|| node.restart());

        let client = node.client();
        let replayed = client.refresh(&stale.refresh[0], None).await;
        replayed.assert_problem(401, "refresh_token_reused");
        stale.assert_ended(&client).await;
        replay_previous(&env, &client, &mut previous).await;
        bystander.assert_lives(&client).await;
        // The end itself outlives a restart as well: no token works, and there is no second alarm.
        tokio::task::block_in_place(|| node.restart());
        let client = node.client();
        stale.assert_ended(&client).await;
        previous.assert_ended(&client).await;
        assert_eq!(details_in(&env, REPLAYED, &stale.id).len(), 1);
    }
}
