//! The database was set back behind what a client holds, and `refresh.regressed` says what becomes of the session.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::sql::{id_literal, sql};

/// With a window so long that a slow machine makes no reuse of a race.
const ADOPT: &[(&str, &str)] =
    &[("KINDRED_REFRESH__REGRESSED", "adopt"), ("KINDRED_REFRESH__RACE_WINDOW", "60s")];

/// What a failover does that loses the last rotations.
fn set_back(env: &Env, family: &Family, generation: u64) {
    let id = id_literal(env, &family.id);
    sql(env, &format!("UPDATE session_families SET generation = {generation} WHERE id = {id}"));
}

#[apply(on_both_databases)]
async fn a_session_goes_on_from_what_its_client_holds(env: Env) {
    let node = env.node(ADOPT).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    for _ in 0..3 {
        family.rotate(&client).await;
    }
    set_back(&env, &family, 2);
    let adopted = family.rotate(&client).await;
    assert_eq!(adopted.body["session"]["generation"], 5, "{adopted:?}");
    // The token is spent like any other.
    client.refresh(&family.refresh[3], None).await.assert_problem(409, "refresh_in_flight");
    family.assert_lives(&client).await;

    // What is spent along with a proof of the password is compared in the same way.
    set_back(&env, &family, 1);
    let stepped_up = family.step_up(&client, PASSWORD).await;
    assert_eq!(stepped_up.status, 200, "{stepped_up:?}");
    family.assert_lives(&client).await;
    assert_eq!(metric(&node, "auth_revocation_feed_resets_total", &[]).await, 1.0, "one event");
    client.refresh(&family.refresh[0], None).await.assert_problem(401, "refresh_token_reused");
    family.assert_ended(&client).await;
}

#[apply(on_both_databases)]
async fn a_session_ends_by_default(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    for _ in 0..3 {
        family.rotate(&client).await;
    }
    set_back(&env, &family, 2);
    client.refresh(family.live(), None).await.assert_problem(401, "session_revoked");
    family.assert_ended(&client).await;
    assert_eq!(metric(&node, "auth_revocation_feed_resets_total", &[]).await, 1.0);
}
