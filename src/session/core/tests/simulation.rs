//! Several nodes over one database in memory and on one thread, in schedules that a seed determines.
//!
//! In each step something happens to a session: its client refreshes, perhaps twice at once, and may lose the answer; a
//! thief copies what the client has and uses it; a node crashes, a write fails before or after its commit; the database
//! fails over and loses its last commits; the client logs out; one node reads the log of revocations before the others;
//! time passes. After each step the invariants must hold that a client relies on. What the nodes run is the product's own
//! state machine.
//!
//! On PostgreSQL all nodes go by the database's clock. A client that names its attempts must not depend even on that, so it
//! also meets nodes whose clocks are minutes apart.
//!
//! Databases with a flaw are simulated as well, because a simulation that finds no fault of theirs would prove nothing.

mod invariants;
mod people;
mod random;
mod world;

use std::collections::BTreeMap;

use self::world::World;
use crate::model::session_family::RegressedPolicy;

/// Seeds that are tried; `SIMULATION_SCHEDULES` names another number.
const SCHEDULES: u64 = 300;
const STEPS: usize = 40;

/// What is wrong with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// A rotation takes effect whatever the row has become.
    NoComparison,
    /// After a failover no node writes back what the nodes know to be revoked.
    NoWritingBack,
}

/// How the service and its client are set up.
#[derive(Clone, Copy, Debug)]
struct Setup {
    flaw: Flaw,
    regressed: RegressedPolicy,
    names_attempts: bool,
    /// The clocks of nodes are minutes apart.
    clocks_differ: bool,
}

/// How often each answer was given.
type Answers = BTreeMap<&'static str, u64>;

/// Runs one schedule, and returns what it has violated first.
async fn run(seed: u64, setup: Setup, answers: &mut Answers) -> Result<(), String> {
    let mut world = World::new(seed, setup);
    for step in 0..STEPS {
        let event = world.step().await;
        let checked = event.and_then(|event| world.check().map_err(|what| format!("{what} after {event}")));
        checked.map_err(|what| format!("seed {seed}, step {step}, {setup:?}: {what}"))?;
    }
    for (answer, count) in world.answers() {
        *answers.entry(answer).or_default() += count;
    }
    Ok(())
}

fn schedules() -> u64 {
    let text = std::env::var("SIMULATION_SCHEDULES");
    text.map_or(SCHEDULES, |text| text.parse().expect("SIMULATION_SCHEDULES is a number"))
}

async fn search(setup: Setup) -> Result<Answers, String> {
    let mut answers = Answers::new();
    for seed in 0..schedules() {
        run(seed, setup, &mut answers).await?;
    }
    Ok(answers)
}

fn sound(regressed: RegressedPolicy, names_attempts: bool) -> Setup {
    Setup { flaw: Flaw::None, regressed, names_attempts, clocks_differ: false }
}

/// A simulation in which these answers were never given has not tried them.
async fn assert_holds(setup: Setup, reached: &[&str]) -> Answers {
    let answers = search(setup).await.unwrap_or_else(|violation| panic!("{violation}"));
    for answer in reached {
        assert!(answers.contains_key(answer), "no {answer} in {answers:?}");
    }
    answers
}

#[tokio::test]
async fn clients_that_name_their_attempts_are_safe() {
    let reached = ["rotated", "retried", "in_flight", "replay", "revoked", "regressed", "unavailable"];
    assert_holds(sound(RegressedPolicy::End, true), &reached).await;
}

#[tokio::test]
async fn clients_that_name_nothing_are_accused_of_no_theft() {
    let reached = ["rotated", "in_flight", "replay", "unconfirmed", "revoked", "unavailable"];
    assert_holds(sound(RegressedPolicy::End, false), &reached).await;
}

#[tokio::test]
async fn clocks_that_are_minutes_apart_harm_no_client_that_names_its_attempts() {
    let setup = Setup { clocks_differ: true, ..sound(RegressedPolicy::End, true) };
    assert_holds(setup, &["rotated", "retried", "in_flight", "replay", "revoked", "unavailable"]).await;
}

#[tokio::test]
async fn sessions_that_are_adopted_are_as_safe() {
    let reached = ["rotated", "retried", "in_flight", "replay", "revoked"];
    let answers = assert_holds(sound(RegressedPolicy::Adopt, true), &reached).await;
    assert!(!answers.contains_key("regressed"), "{answers:?}");
}

#[tokio::test]
async fn a_database_that_does_not_compare_is_found_out() {
    let setup = Setup { flaw: Flaw::NoComparison, ..sound(RegressedPolicy::End, true) };
    let violation = search(setup).await.expect_err("a token that is spent twice");
    assert!(violation.starts_with("seed "), "it can be run again: {violation}");
}

#[tokio::test]
async fn nodes_that_write_nothing_back_are_found_out() {
    let setup = Setup { flaw: Flaw::NoWritingBack, ..sound(RegressedPolicy::End, true) };
    search(setup).await.expect_err("a logout that is undone");
}
