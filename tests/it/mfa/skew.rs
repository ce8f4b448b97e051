//! Clocks that are wrong: each server goes by its own, and what is spent at one is spent at all.

use kindred::clock::{Clock, SystemClock};

use super::scene::{Enrolled, verify};
use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::faketime::off_by;
use crate::support::process::Node;

async fn node(env: &Env, seconds: i64) -> Node {
    let environment = off_by(seconds);
    let pairs: Vec<(&str, &str)> =
        environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    env.node(&pairs).await
}

fn now() -> i64 {
    SystemClock.now().unix_seconds()
}

/// MF-04, F-24: two hours off, so that no second of the test's own matters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_judged_by_the_servers_clock() {
    const OFF: i64 = 7_200;
    let env = Env::new(Backend::Sqlite).await;
    let node = node(&env, OFF).await;
    let client = Client::new(node.base_url());
    let person = Enrolled::new(&client, now() + OFF).await;
    let challenge = person.challenge(&client).await;
    let by_our_clock = person.app.code_at(now());
    let refused = verify(&client, &challenge, "totp", &by_our_clock).await;
    refused.assert_problem(401, "mfa_code_invalid");
    let by_its_clock = person.app.code_at(now() + OFF + 30);
    assert_eq!(verify(&client, &challenge, "totp", &by_its_clock).await.status, 200);
}

/// A server whose clock is behind accepts no step that another has left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_behind_revives_no_code() {
    let env = Env::new(Backend::Postgres).await;
    let (ahead, behind) = (node(&env, 3_600).await, node(&env, 3_570).await);
    let (ahead, behind) = (Client::new(ahead.base_url()), Client::new(behind.base_url()));
    let person = Enrolled::new(&ahead, now() + 3_600).await;
    let challenge = person.challenge(&ahead).await;
    let code = person.app.code_at(now() + 3_600 + 30);
    assert_eq!(verify(&ahead, &challenge, "totp", &code).await.status, 200);
    for seconds in [3_540, 3_570, 3_600] {
        let challenge = person.challenge(&behind).await;
        let code = person.app.code_at(now() + seconds);
        verify(&behind, &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
    }
}
