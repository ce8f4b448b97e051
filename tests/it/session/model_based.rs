//! Random programs against a model: whatever is interleaved, the invariants hold.
//!
//! - I-1 at most one successor per generation is ever given out;
//! - I-2 an acknowledged refresh survives: its successor works, also after `kill -9`;
//! - I-3 a lost answer never makes a thief of a client that named its attempt, and a race never of anyone;
//! - I-4 an acknowledged end is never undone, on any node;
//! - I-5 a reused token ends its family.
//!
//! The seed is printed. `SESSION_SEED=… SESSION_STEPS=…` runs a program again, or a longer one.

mod model;
mod pairs;
mod program;
mod rng;
mod steps;
mod world;

use std::hash::{BuildHasher, Hasher, RandomState};

use self::program::Program;
use crate::support::backend::{Backend, Env};

const STEPS: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

async fn run(backend: Backend, nodes: usize) {
    let seed = number("SESSION_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish() >> 32);
    eprintln!("SESSION_SEED={seed} on {backend:?}");
    let env = Env::new(backend).await;
    let mut program = Program::start(&env, nodes, seed).await;
    for _ in 0..number("SESSION_STEPS").unwrap_or(STEPS) {
        program.step().await;
    }
    program.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_one_node_that_restarts() {
    run(Backend::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_two_nodes_that_restart() {
    run(Backend::Postgres, 2).await;
}
