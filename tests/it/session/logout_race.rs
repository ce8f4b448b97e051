//! A refresh and the end of its session at the same time: whichever is first, the session stays ended.

use futures_util::future::{join, join_all};
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply};
use crate::support::family::Family;

/// What ends the session: `(client, the session, another session of the same user)`.
type Ending = for<'a> fn(&'a Client, &'a Family, &'a Family) -> EndingReply<'a>;
type EndingReply<'a> = std::pin::Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// Races `rounds` sessions, each of a user of its own, and tells how many refreshes were first.
async fn race(client: &Client, rounds: usize, ending: Ending) -> usize {
    let raced = async |round: usize| {
        let mut family = Family::open(client).await;
        let other = family.sibling(client).await;
        let spent = family.live().to_owned();
        let refresh = client.refresh(&spent, None);
        let end = ending(client, &family, &other);
        // Which of the two is sent first alternates.
        let (refreshed, ended) = if round.is_multiple_of(2) {
            join(refresh, end).await
        } else {
            let (ended, refreshed) = join(end, refresh).await;
            (refreshed, ended)
        };
        assert!(matches!(ended.status, 200 | 204), "{ended:?}");
        let first = refreshed.status == 200;
        if first {
            family.take(&refreshed);
        } else {
            refreshed.assert_problem(401, "session_revoked");
        }
        family.assert_ended(client).await;
        usize::from(first)
    };
    let mut first = 0;
    for batch in (0..rounds).collect::<Vec<_>>().chunks(50) {
        let batch = join_all(batch.iter().map(|round| raced(*round))).await;
        first += batch.into_iter().sum::<usize>();
    }
    first
}

#[apply(on_both_databases)]
async fn no_token_survives_a_logout(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let first = race(&client, 500, |client, family, _| Box::pin(client.logout(family.access()))).await;
    assert!((1..500).contains(&first), "only one order was seen: {first} refreshes were first");
}

#[apply(on_both_databases)]
async fn no_token_survives_a_logout_everywhere(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    race(&client, 50, |client, _, other| Box::pin(client.logout_all(other.access()))).await;
}

#[apply(on_both_databases)]
async fn no_token_survives_the_end_from_the_list(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    race(&client, 50, |client, family, other| Box::pin(client.delete_session(other.access(), &family.id)))
        .await;
}
