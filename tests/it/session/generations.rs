//! Many rotations within the same second: each spent token is known as one, whatever its age.

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::family::{Family, NO_RACE, claims};

const ROTATIONS: usize = 20;

#[apply(on_both_databases)]
async fn each_of_twenty_spent_tokens_is_recognised(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let families = join_all((0..ROTATIONS).map(async |_| {
        let mut family = Family::open(&client).await;
        for _ in 0..ROTATIONS {
            family.rotate(&client).await;
        }
        family
    }))
    .await;
    let issued: Vec<_> = families[0].access.iter().map(|access| claims(access)["iat"].clone()).collect();
    assert!(issued.windows(2).any(|two| two[0] == two[1]), "no two in one second: {issued:?}");

    join_all(families.iter().enumerate().map(async |(spent, family)| {
        if spent + 2 >= ROTATIONS {
            // The two youngest may be in a race, for as long as that takes.
            let raced = client.refresh(&family.refresh[spent], None).await;
            raced.assert_problem(409, "refresh_in_flight");
            family.age(&env, NO_RACE);
        }
        let replayed = client.refresh(&family.refresh[spent], None).await;
        replayed.assert_problem(401, "refresh_token_reused");
        family.assert_ended(&client).await;
    }))
    .await;
}
