//! Many rotations within the same moment: each spent token is known as one, whatever its age.

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Client;
use crate::support::family::{Family, NO_RACE, claims};
use crate::support::scene::Scene;

const ROTATIONS: usize = 20;

async fn assert_reused(client: &Client, family: &Family, spent: usize) {
    let replayed = client.refresh(&family.refresh[spent], None).await;
    replayed.assert_problem(401, "refresh_token_reused");
    family.assert_ended(client).await;
}

#[apply(on_both_databases)]
async fn each_of_twenty_spent_tokens_is_recognised(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = &server.client;
    let families = join_all((0..ROTATIONS).map(async |_| {
        let mut family = Family::open(client).await;
        for _ in 0..ROTATIONS {
            family.rotate(client).await;
        }
        family
    }))
    .await;
    let issued: Vec<_> = families[0].access.iter().map(|access| claims(access)["iat"].clone()).collect();
    assert!(issued.iter().all(|moment| *moment == issued[0]), "all within one second: {issued:?}");

    let (old, young) = families.split_at(ROTATIONS - 2);
    join_all(old.iter().enumerate().map(|(spent, family)| assert_reused(client, family, spent))).await;
    // The two youngest may be in a race, for as long as that takes.
    let young: Vec<(usize, &Family)> = (old.len()..).zip(young).collect();
    for (spent, family) in &young {
        let raced = client.refresh(&family.refresh[*spent], None).await;
        raced.assert_problem(409, "refresh_in_flight");
    }
    clock.advance(NO_RACE);
    join_all(young.into_iter().map(|(spent, family)| assert_reused(client, family, spent))).await;
    server.stop().await;
}
