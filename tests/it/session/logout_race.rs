//! A refresh and the end of its session at the same time: whichever is first, the session stays ended.

use futures_util::future::{join, join_all};
use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply};
use crate::support::family::Family;

/// What ends the session: `(client, the session, another session of the same user)`.
type Ending = for<'a> fn(&'a Client, &'a Family, &'a Family) -> EndingReply<'a>;
type EndingReply<'a> = std::pin::Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// Races `rounds` sessions of each of fifty users, one after another, and tells how many refreshes were first.
async fn race(client: &Client, rounds: usize, ending: Ending) -> usize {
    let raced = async |other: &Family, refresh_first: bool| {
        let mut family = other.sibling(client).await;
        let spent = family.live().to_owned();
        let refresh = client.refresh(&spent, None);
        let end = ending(client, &family, other);
        let (refreshed, ended) = if refresh_first {
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
    let of_one_user = async |user: usize| {
        let other = Family::open(client).await;
        let mut first = 0;
        for round in 0..rounds {
            // Which of the two is sent first alternates.
            first += raced(&other, (user + round).is_multiple_of(2)).await;
        }
        first
    };
    join_all((0..50).map(of_one_user)).await.into_iter().sum()
}

#[apply(on_both_databases)]
async fn no_token_survives_a_logout(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let first = race(&client, 10, |client, family, _| Box::pin(client.logout(family.access()))).await;
    assert!((1..500).contains(&first), "only one order was seen: {first} refreshes were first");
}

#[apply(on_both_databases)]
async fn no_token_survives_a_logout_everywhere(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    race(&client, 1, |client, _, other| Box::pin(client.logout_all(other.access()))).await;
}

#[apply(on_both_databases)]
async fn no_token_survives_the_end_from_the_list(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    race(&client, 1, |client, family, other| Box::pin(client.delete_session(other.access(), &family.id)))
        .await;
}
