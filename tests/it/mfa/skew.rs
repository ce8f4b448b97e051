//! Clocks that are wrong: servers go by their own, or by that of the database they share, and what is spent at one is
//! spent at all.

use kindred::clock::{Clock, SystemClock};

use super::scene::{Enrolled, STEP, verify};
use crate::support::backend::{Backend, Env};
use crate::support::faketime::off_by;
use crate::support::in_process::{InProcess, StoppedClock};
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
    let client = node.client();
    let person = Enrolled::new(&client, now() + OFF).await;
    let challenge = person.challenge(&client).await;
    let by_our_clock = person.app.code_at(now());
    let refused = verify(&client, &challenge, "totp", &by_our_clock).await;
    refused.assert_problem(401, "mfa_code_invalid");
    let by_its_clock = person.app.code_at(now() + OFF + 30);
    assert_eq!(verify(&client, &challenge, "totp", &by_its_clock).await.status, 200);
}

/// On PostgreSQL the database's clock judges, so nodes whose own clocks are hours apart agree on every code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_of_one_database_judge_codes_by_its_clock() {
    const OFF: i64 = 7_200;
    let env = Env::new(Backend::Postgres).await;
    let (ahead, behind) = (node(&env, OFF).await, node(&env, -OFF).await);
    let (ahead, behind) = (ahead.client(), behind.client());
    let person = Enrolled::new(&ahead, now()).await;
    for (client, off) in [(&ahead, OFF), (&behind, -OFF)] {
        let challenge = person.challenge(client).await;
        let by_its_own_clock = person.app.code_at(now() + off);
        verify(client, &challenge, "totp", &by_its_own_clock).await.assert_problem(401, "mfa_code_invalid");
    }
    let challenge = person.challenge(&behind).await;
    let code = person.app.code_at(now() + 30);
    assert_eq!(verify(&behind, &challenge, "totp", &code).await.status, 200);
    let challenge = person.challenge(&ahead).await;
    verify(&ahead, &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
}

/// A server whose idea of the time is behind accepts no step that another has left behind. Each is held where it is:
/// left to themselves, both would go by the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_behind_revives_no_code() {
    let env = Env::new(Backend::Postgres).await;
    let (early, late) = (StoppedClock::new(), StoppedClock::new());
    late.set(early.now());
    late.set_back(STEP);
    let ahead = InProcess::start(&env, early.clone(), &[]).await;
    let behind = InProcess::start(&env, late.clone(), &[]).await;
    let seconds = early.now().unix_seconds();
    let person = Enrolled::new(&ahead.client, seconds).await;
    let challenge = person.challenge(&ahead.client).await;
    let code = person.app.code_at(seconds + 30);
    assert_eq!(verify(&ahead.client, &challenge, "totp", &code).await.status, 200);
    // All that the one behind would take by its own clock.
    for offset in [-60, -30, 0] {
        let challenge = person.challenge(&behind.client).await;
        let code = person.app.code_at(seconds + offset);
        verify(&behind.client, &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
    }
    // What is spent there is spent here as well, though it is of this moment by now; the step after it is good.
    late.advance(2 * STEP);
    let challenge = person.challenge(&behind.client).await;
    verify(&behind.client, &challenge, "totp", &code).await.assert_problem(401, "mfa_code_invalid");
    let next = person.app.code_at(seconds + 60);
    assert_eq!(verify(&behind.client, &challenge, "totp", &next).await.status, 200);
    ahead.stop().await;
    behind.stop().await;
}
