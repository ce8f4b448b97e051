//! A step-up and something else in the same session at the same time.

use futures_util::future::{join, join_all};
use macro_rules_attribute::apply;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::family::{Family, claims};
use crate::support::sql::sql;

const ROOM: &[(&str, &str)] = &[("KINDRED_PASSWORD__QUEUE", "1000")];
const ROUNDS: usize = 60;

fn failures_of(email: &str) -> String {
    format!(
        "SELECT failures FROM password_credentials WHERE user_id = (SELECT id FROM users WHERE email = '{email}')"
    )
}

fn auth_time(reply: &Reply) -> i64 {
    claims(&reply.access())["auth_time"].as_i64().expect("seconds")
}

/// One of each kind, sent in turns first.
async fn both(
    round: usize,
    one: impl Future<Output = Reply>,
    other: impl Future<Output = Reply>,
) -> (Reply, Reply) {
    if round.is_multiple_of(2) {
        return join(one, other).await;
    }
    let (other, one) = join(other, one).await;
    (one, other)
}

#[apply(on_both_databases)]
async fn no_token_of_a_step_up_survives_a_logout(env: Env) {
    let node = env.node(ROOM).await;
    let client = node.client();
    let raced = async |round: usize| {
        let mut family = Family::open(&client).await;
        let step_up = client.step_up(family.access(), family.live(), PASSWORD);
        let (stepped_up, ended) = both(round, step_up, client.logout(family.access())).await;
        assert_eq!(ended.status, 204, "{ended:?}");
        if stepped_up.status == 200 {
            family.access.push(stepped_up.access());
            family.refresh.push(stepped_up.refresh_token());
        } else {
            stepped_up.assert_problem(401, "session_revoked");
        }
        family.assert_ended(&client).await;
    };
    join_all((0..ROUNDS).map(raced)).await;
}

#[apply(on_both_databases)]
async fn of_a_refresh_and_a_step_up_with_one_token_one_takes_effect(env: Env) {
    let node = env.node(ROOM).await;
    let client = node.client();
    let raced = async |round: usize| {
        let mut family = Family::open(&client).await;
        let spent = family.live().to_owned();
        let step_up = client.step_up(family.access(), &spent, PASSWORD);
        let (stepped_up, refreshed) = both(round, step_up, client.refresh(&spent, None)).await;
        let (won, lost) =
            if stepped_up.status == 200 { (stepped_up, refreshed) } else { (refreshed, stepped_up) };
        family.take(&won);
        lost.assert_problem(409, "refresh_in_flight");
        let next = family.rotate(&client).await;
        assert_eq!(auth_time(&next), auth_time(&won));
        // The factor that lost was not spent, nor counted as wrong.
        let failures = sql(&env, &failures_of(&family.email));
        assert_eq!(failures, "0");
        family.assert_lives(&client).await;
    };
    join_all((0..ROUNDS).map(raced)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_at_one_node_counts_at_the_other() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(ROOM).await, env.node(ROOM).await);
    let (a, b) = (a.client(), b.client());
    let mut family = Family::open(&a).await;
    // Long enough ago to be told from what comes: tokens count in seconds.
    sql(&env, "UPDATE session_families SET auth_time = auth_time - 100000000");
    family.rotate(&a).await;
    let fresh = family.step_up(&b, PASSWORD).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    let next = family.rotate(&a).await;
    assert_eq!(auth_time(&next), auth_time(&fresh));
    // And the other way round: the second node remembers a generation that is spent.
    let fresh = family.step_up(&b, PASSWORD).await;
    assert_eq!((fresh.status, family.refresh.len()), (200, 5), "{fresh:?}");
    // At both at once: one token, one generation.
    for _ in 0..10 {
        let (access, live) = (family.access().to_owned(), family.live().to_owned());
        let (one, other) =
            join(a.step_up(&access, &live, PASSWORD), b.step_up(&access, &live, PASSWORD)).await;
        let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
        family.take(&won);
        lost.assert_problem(409, "refresh_in_flight");
        family.rotate(&b).await;
    }
    family.assert_lives(&a).await;
}
