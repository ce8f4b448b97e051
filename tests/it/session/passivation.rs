//! An idle session costs no memory, and is the same session afterwards.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::family::{Family, LONG_RACE, NO_LONG_RACE};
use crate::support::metrics::metric;
use crate::support::process::Node;

const KEY: &str = "attempt-0123456789abcdef";

async fn actors(node: &Node) -> f64 {
    metric(node, "auth_family_actors", &[("state", "live")]).await
}

async fn all_rest(node: &Node) {
    eventually("all actors rest", async || (actors(node).await == 0.0).then_some(())).await;
}

#[apply(on_both_databases)]
async fn an_idle_session_rests_and_wakes_up_as_it_was(env: Env) {
    let node = env.node(&[LONG_RACE, ("KINDRED_SESSIONS__PASSIVATE_AFTER", "1s")]).await;
    let client = node.client();
    let mut stale = Family::open(&client).await;
    let (mut lives, mut previous) = (stale.sibling(&client).await, stale.sibling(&client).await);
    for family in [&mut stale, &mut lives, &mut previous] {
        family.rotate(&client).await;
        family.rotate_as(&client, Some(KEY)).await;
    }
    all_rest(&node).await;
    // They are counted after they have left.
    let rested = async || metric(&node, "auth_family_passivations_total", &[]).await;
    let woken = metric(&node, "auth_family_activations_total", &[]).await;
    assert!(woken >= 3.0, "one may have rested between its rotations as well: {woken}");
    eventually("each that woke up rests", async || (rested().await == woken).then_some(())).await;

    let retried = client.refresh(&lives.refresh[1], Some(KEY)).await;
    assert_eq!(retried.refresh_token(), lives.live());
    lives.assert_lives(&client).await;
    for (family, spent) in [(&stale, 0), (&previous, 1)] {
        let raced = client.refresh(&family.refresh[spent], None).await;
        raced.assert_problem(409, "refresh_in_flight");
        family.age(&env, NO_LONG_RACE);
        let replayed = client.refresh(&family.refresh[spent], None).await;
        replayed.assert_problem(401, "refresh_token_reused");
    }
    stale.assert_ended(&client).await;

    // What has ended wakes up as ended, and there is no second alarm.
    all_rest(&node).await;
    stale.assert_ended(&client).await;
    previous.assert_ended(&client).await;
    lives.assert_lives(&client).await;
    assert_eq!(metric(&node, "auth_sessions_ended_total", &[("reason", "replay")]).await, 2.0);
    assert_eq!(metric(&node, "auth_family_panics_total", &[]).await, 0.0);
}
