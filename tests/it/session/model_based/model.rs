//! What must be true of a session: its tokens by generation, and whether it has ended.

use std::time::{Duration, Instant};

use crate::support::backend::Env;
use crate::support::client::Reply;
use crate::support::family::{Family, claims};

/// A third of the race window that the nodes are given. What is older than this is made young again.
const OLD: Duration = Duration::from_secs(20);
/// So much time passes when a program lets it: more than the race window.
pub const AGE: Duration = Duration::from_secs(61);

pub const GENERATION: &str = "https://kindred.dev/claims/generation";

pub struct Model {
    pub family: Family,
    /// The `Idempotency-Key` that each generation came with.
    pub keys: Vec<Option<String>>,
    pub ended: bool,
    pub rotated_at: Instant,
    /// Enough time has passed since the last rotation that reuse is no race.
    pub aged: bool,
    /// How many steps-up the session has seen.
    pub step_ups: usize,
}

/// What a presented token must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Successor,
    /// The live token under its own rotation's key: the same tokens.
    Unchanged,
    SameSuccessor,
    /// Reuse: the family ends.
    Replay,
    /// The client names nothing, so the family ends without an alarm.
    Unconfirmed,
    /// One of several requests at once: nothing changes.
    InFlight,
    Revoked,
}

impl Model {
    pub fn new(family: Family) -> Model {
        Model { family, keys: vec![None], ended: false, rotated_at: Instant::now(), aged: false, step_ups: 0 }
    }

    /// Index of the live token.
    pub fn last(&self) -> usize {
        self.family.refresh.len() - 1
    }

    /// Time passes for a session only when its program says so, however slow the machine is: a rotation that grows old
    /// by itself is moved to the present in the database.
    pub fn stay_young(&mut self, env: &Env) {
        if !self.ended && !self.aged && self.rotated_at.elapsed() > OLD {
            self.family.rotated_now(env);
            self.rotated_at = Instant::now();
        }
    }

    /// The rules of the contract, for the token at `index` with this key, at any node.
    pub fn expected(&self, index: usize, key: Option<&str>) -> Expected {
        if self.ended {
            return Expected::Revoked;
        }
        let last = self.keys[self.last()].as_deref();
        let (same_attempt, is_young) = (key.is_some() && key == last, !self.aged);
        match self.last() - index {
            0 if same_attempt && is_young => Expected::Unchanged,
            0 => Expected::Successor,
            1 if same_attempt => Expected::SameSuccessor,
            1 | 2 if is_young => Expected::InFlight,
            1 if key.is_none() && last.is_none() => Expected::Unconfirmed,
            _ => Expected::Replay,
        }
    }

    /// Holds the answer against what was expected before the request was sent, and takes over what it
    /// says.
    pub fn check(&mut self, expected: Expected, reply: &Reply, key: Option<&str>) {
        let last = self.last();
        match (expected, reply.status, reply.code()) {
            (Expected::Successor, 200, _) => self.rotated(reply, key),
            (Expected::SameSuccessor | Expected::Unchanged, 200, _) => {
                assert_eq!(reply.refresh_token(), self.family.refresh[last], "I-1: a fork");
                let (given, known) = (claims(&reply.access()), claims(&self.family.access[last]));
                for same in ["jti", "exp", "acr", "amr", GENERATION] {
                    assert_eq!(given[same], known[same], "I-1: {same}");
                }
                if !self.aged {
                    assert_eq!(given, known, "I-1");
                }
            }
            // The same answer is given ten times a minute.
            (Expected::SameSuccessor | Expected::Unchanged, 429, "rate_limited") => {}
            (Expected::Replay | Expected::Unconfirmed, 401, "refresh_token_reused") => self.ended = true,
            (Expected::InFlight, 409, "refresh_in_flight") => {}
            (Expected::Revoked, 401, "session_revoked") => {}
            _ => panic!("expected {expected:?}, got {} {}", reply.status, reply.code()),
        }
    }

    pub fn rotated(&mut self, reply: &Reply, key: Option<&str>) {
        assert!(!self.family.refresh.contains(&reply.refresh_token()), "I-1: no new token");
        self.family.take(reply);
        assert_eq!(claims(self.family.access())[GENERATION], self.family.refresh.len(), "I-1");
        self.keys.push(key.map(str::to_owned));
        self.rotated_at = Instant::now();
        self.aged = false;
    }
}
