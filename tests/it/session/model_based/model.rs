//! What must be true of a session: its tokens by generation, and whether it has ended.

use std::time::{Duration, Instant};

use crate::support::client::Reply;
use crate::support::family::{Family, claims};

/// For this long after a rotation, a node that did not see it cannot tell a request that was under way
/// from a replay. The server's 2 s, and a little for the way here.
const UNSURE: Duration = Duration::from_millis(2_500);
/// A node may forget a session that was idle for longer.
const SURELY_LIVE: Duration = Duration::from_millis(500);

pub struct Model {
    pub family: Family,
    /// The `Idempotency-Key` that each generation came with.
    pub keys: Vec<Option<String>>,
    pub ended: bool,
    /// Which start of which node made the last rotation.
    pub rotated_by: usize,
    pub rotated_at: Instant,
}

/// What a presented token must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Successor,
    SameSuccessor,
    Replay,
    /// The node has not seen the rotation and may take the request for one that was under way.
    ReplayOrInFlight,
    Revoked,
}

impl Model {
    pub fn new(family: Family, node: usize) -> Model {
        Model { family, keys: vec![None], ended: false, rotated_by: node, rotated_at: Instant::now() }
    }

    /// Index of the live token.
    pub fn last(&self) -> usize {
        self.family.refresh.len() - 1
    }

    /// The rules of the contract, for the token at `index` with this key at the node of this start.
    pub fn expected(&self, index: usize, key: Option<&str>, node: usize) -> Expected {
        if self.ended {
            return Expected::Revoked;
        }
        if index == self.last() {
            return Expected::Successor;
        }
        if index + 1 < self.last() {
            return Expected::Replay;
        }
        if key.is_some() && key == self.keys[self.last()].as_deref() {
            return Expected::SameSuccessor;
        }
        let age = self.rotated_at.elapsed();
        let saw_it = node == self.rotated_by && age < SURELY_LIVE;
        if saw_it || age > UNSURE { Expected::Replay } else { Expected::ReplayOrInFlight }
    }

    /// Holds the answer against what was expected before the request was sent, and takes over what it
    /// says.
    pub fn check(&mut self, expected: Expected, reply: &Reply, key: Option<&str>, node: usize) {
        let last = self.last();
        match (expected, reply.status, reply.code()) {
            (Expected::Successor, 200, _) => self.rotated(reply, key, node),
            (Expected::SameSuccessor, 200, _) => {
                assert_eq!(reply.refresh_token(), self.family.refresh[last], "I-1: a fork");
                assert_eq!(claims(&reply.access()), claims(&self.family.access[last]), "I-1");
            }
            (Expected::Replay | Expected::ReplayOrInFlight, 401, "refresh_token_reused") => self.ended = true,
            (Expected::ReplayOrInFlight, 409, "refresh_in_flight") => {}
            (Expected::Revoked, 401, "session_revoked") => {}
            _ => panic!("expected {expected:?}, got {} {}", reply.status, reply.code()),
        }
    }

    pub fn rotated(&mut self, reply: &Reply, key: Option<&str>, node: usize) {
        assert!(!self.family.refresh.contains(&reply.refresh_token()), "I-1: no new token");
        self.family.take(reply);
        assert_eq!(claims(self.family.access())["gen"], self.family.refresh.len(), "I-1");
        self.keys.push(key.map(str::to_owned));
        self.rotated_by = node;
        self.rotated_at = Instant::now();
    }
}
