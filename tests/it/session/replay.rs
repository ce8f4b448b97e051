//! A spent token comes back: its family ends, and nothing else does.

use serde_json::json;

use crate::support::audit::events;
use crate::support::backend::on_both_databases;
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::Node;

const REPLAYED: &str = "refresh_token.replayed";

async fn replays(node: &Node, class: &str) -> f64 {
    metric(node, "auth_refresh_replay_total", &[("class", class)]).await
}

/// Presents the previous token to a node that did not see its rotation: for 2 s after that it may have
/// been sent before, so it is refused without harm; then it is a replay.
async fn replay_previous(client: &Client, family: &mut Family) {
    let spent = family.refresh[family.refresh.len() - 2].clone();
    let replayed = eventually("the previous token is spent for good", async || {
        let reply = client.refresh(&spent, None).await;
        (reply.code() != "refresh_in_flight").then_some(reply)
    });
    replayed.await.assert_problem(401, "refresh_token_reused");
    family.assert_ended(client).await;
}

on_both_databases! {
    async fn each_class_of_replay_ends_its_family_alone(env: Env) {
        let node = env.node(&[]).await;
        let client = Client::new(node.base_url());
        let mut bystander = Family::open(&client).await;
        bystander.rotate(&client).await;
        for (count, class, rotations) in
            [(0, "previous", 1), (1, "previous_acknowledged", 1), (2, "stale", 2)]
        {
            let mut family = bystander.sibling(&client).await;
            for _ in 0..rotations {
                family.rotate(&client).await;
            }
            if class == "previous_acknowledged" {
                assert_eq!(client.verify(family.access()).await.status, 204);
            }
            let replayed = client.refresh(&family.refresh[0], None).await;
            replayed.assert_problem(401, "refresh_token_reused");

            family.assert_ended(&client).await;
            bystander.assert_lives(&client).await;
            assert_eq!(replays(&node, class).await, 1.0, "{class}");
            let ended = metric(&node, "auth_sessions_ended_total", &[("reason", "replay")]).await;
            assert_eq!(ended, f64::from(count + 1));
            let detail = json!({"class": class, "generation": 1, "current_generation": rotations + 1});
            assert_eq!(events(&env, REPLAYED, &family.id), [detail]);
        }
        assert!(events(&env, REPLAYED, &bystander.id).is_empty());
    }

    async fn a_spent_token_of_a_session_that_was_logged_out_is_no_alarm(env: Env) {
        let node = env.node(&[]).await;
        let client = Client::new(node.base_url());
        let mut family = Family::open(&client).await;
        family.rotate(&client).await;
        family.rotate(&client).await;
        assert_eq!(client.logout(family.access()).await.status, 204);
        family.assert_ended(&client).await;
        for class in ["previous", "previous_acknowledged", "stale"] {
            assert_eq!(replays(&node, class).await, 0.0, "{class}");
        }
        assert!(events(&env, REPLAYED, &family.id).is_empty());
    }

    async fn a_replay_is_recognised_after_a_restart(env: Env) {
        let mut node = env.node(&[]).await;
        for kill in [false, true] {
            let client = Client::new(node.base_url());
            let mut stale = Family::open(&client).await;
            stale.rotate(&client).await;
            stale.rotate(&client).await;
            let mut previous = stale.sibling(&client).await;
            previous.rotate(&client).await;
            let mut bystander = stale.sibling(&client).await;
            if !kill {
                assert!(tokio::task::block_in_place(|| node.terminate()).success());
            }
            tokio::task::block_in_place(|| node.restart());

            let client = Client::new(node.base_url());
            let replayed = client.refresh(&stale.refresh[0], None).await;
            replayed.assert_problem(401, "refresh_token_reused");
            stale.assert_ended(&client).await;
            replay_previous(&client, &mut previous).await;
            bystander.assert_lives(&client).await;
            // The end itself outlives a restart as well: no token works, and there is no second alarm.
            tokio::task::block_in_place(|| node.restart());
            let client = Client::new(node.base_url());
            stale.assert_ended(&client).await;
            previous.assert_ended(&client).await;
            assert_eq!(events(&env, REPLAYED, &stale.id).len(), 1);
        }
    }
}
