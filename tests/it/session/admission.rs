//! More requests than may wait: refused at once, with the time to come back, and with nothing lost.

use macro_rules_attribute::apply;
use tokio::task::JoinSet;

use crate::faults::locked::PATIENT;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::stall::Stall;

const WAITING: usize = 6;
const SESSIONS: usize = 10;

#[apply(on_both_databases)]
async fn a_full_server_refuses_and_keeps_what_it_has_taken(env: Env) {
    let node = env.node(&[&PATIENT[..], &[("KINDRED_SESSIONS__MAX_WAITING", "6")]].concat()).await;
    let client = node.client();
    let mut families = vec![Family::open(&client).await];
    while families.len() < SESSIONS {
        families.push(families[0].sibling(&client).await);
    }

    let stall = Stall::writes(&env).await;
    let mut requests = JoinSet::new();
    for (at, family) in families.iter().enumerate() {
        let (client, token) = (client.clone(), family.live().to_owned());
        requests.spawn(async move { (at, client.refresh(&token, None).await) });
    }
    for _ in WAITING..SESSIONS {
        let (_, refused) = requests.join_next().await.expect("a request").expect("no panic");
        refused.assert_problem(503, "overloaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    // A logout is a request as well; what it could not do, it does not claim.
    let refused = client.logout(families[0].access()).await;
    refused.assert_problem(503, "overloaded");
    stall.release().await;

    let answered = requests.join_all().await;
    assert_eq!(answered.len(), WAITING);
    for (at, reply) in &answered {
        families[*at].take(reply);
    }
    // Clients that were refused come back with the same token; those that were answered have a good one.
    for family in &mut families {
        family.assert_lives(&client).await;
    }
    let refused = metric(&node, "auth_refresh_total", &[("outcome", "overloaded")]).await;
    assert_eq!(refused, (SESSIONS - WAITING) as f64);
}

#[apply(on_both_databases)]
async fn one_busy_session_does_not_take_the_places_of_others(env: Env) {
    let node =
        env.node(&[&PATIENT[..], &[("KINDRED_SESSIONS__MAX_WAITING_PER_SESSION", "2")]].concat()).await;
    let client = node.client();
    let mut busy = Family::open(&client).await;
    let mut other = busy.sibling(&client).await;

    let stall = Stall::writes(&env).await;
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let (client, token) = (client.clone(), busy.live().to_owned());
        requests.spawn(async move { client.refresh(&token, None).await });
    }
    for _ in 2..12 {
        let refused = requests.join_next().await.expect("a request").expect("no panic");
        refused.assert_problem(429, "rate_limited");
    }
    let (quiet, token) = (client.clone(), other.live().to_owned());
    let quiet = tokio::spawn(async move { quiet.refresh(&token, None).await });
    stall.release().await;

    other.take(&quiet.await.expect("no panic"));
    let replies = requests.join_all().await;
    let won = replies.iter().find(|reply| reply.status == 200).expect("one has the successor");
    busy.take(won);
    busy.assert_lives(&client).await;
    other.assert_lives(&client).await;
}
