//! What clients rely on, whatever happens.

use std::collections::HashMap;

use super::Answers;
use super::people::{Client, Thief, Token};
use crate::model::idempotency::IdempotencyKeyHash;
use crate::model::revocation::RevokeReason;
use crate::model::session_family::SessionFamily;
use crate::session::fake_store::Write;
use crate::session::message::{RefreshError, RefreshOutcome, Refreshed};

/// A token that someone presents.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    pub token: Token,
    pub by_thief: bool,
}

/// What is known from outside.
#[derive(Debug, Default)]
pub struct Ledger {
    pub answers: Answers,
    /// Since the last failover that lost commits: the generation of the last tokens that were handed out.
    pub acknowledged: u64,
    pub is_revocation_acknowledged: bool,
    pub has_logged_out: bool,
    pub has_lost_commits: bool,
    pub may_lose_answers: bool,
    /// Since the last failover that lost commits: the generations that were spent, and under which key.
    spent: HashMap<u64, Option<IdempotencyKeyHash>>,
    spent_twice: Option<u64>,
    /// So many writes have been looked at.
    seen: usize,
}

impl Ledger {
    pub fn note_writes(&mut self, writes: &[Write]) {
        for write in &writes[self.seen..] {
            let Write::Rotation(rotation) = write else { continue };
            let key = rotation.next.rotation_key_hash;
            if self.spent.insert(rotation.spent_generation, key).is_some() {
                self.spent_twice = Some(rotation.spent_generation);
            }
        }
        self.seen = writes.len();
    }

    pub fn lose_commits(&mut self, writes: usize) {
        self.spent.clear();
        self.seen = writes;
        self.acknowledged = 0;
        self.has_lost_commits = true;
    }

    /// # Parameters
    /// - `generation`: that of the row before
    pub fn note_answer(
        &mut self,
        presentation: &Presentation,
        outcome: &Result<Refreshed, RefreshError>,
        generation: u64,
        row: &SessionFamily,
    ) -> Result<(), String> {
        let told = match outcome {
            Ok(refreshed) => refreshed.outcome.counted().as_str(),
            Err(error) => error.outcome().as_str(),
        };
        *self.answers.entry(told).or_default() += 1;
        match outcome {
            Ok(refreshed) => Self::check_tokens(presentation, refreshed),
            Err(RefreshError::Invalid) => Err("a genuine token was called invalid".to_owned()),
            // It is refused whether or not the database could be told why.
            Err(RefreshError::Unavailable | RefreshError::Expired) => Ok(()),
            Err(_) if presentation.token.generation + 3 <= generation && row.revoked.is_none() => {
                Err(format!("an old token has not ended the session: {told}"))
            }
            Err(_) => Ok(()),
        }
    }

    /// What was spent before is answered again only to who knows the key of the attempt.
    fn check_tokens(presentation: &Presentation, refreshed: &Refreshed) -> Result<(), String> {
        let is_again = refreshed.outcome != RefreshOutcome::Rotated;
        if is_again && presentation.token.name.is_none() {
            return Err("tokens were handed out again to who names no attempt".to_owned());
        }
        if presentation.token.generation + 3 <= refreshed.family.generation {
            return Err("an old token was answered with tokens".to_owned());
        }
        Ok(())
    }

    /// The invariants between two steps.
    pub fn check(&self, row: &SessionFamily, client: &Client, thief: &Thief) -> Result<(), String> {
        if let Some(generation) = self.spent_twice {
            return Err(format!("generation {generation} was spent twice"));
        }
        if row.revoked.is_none() && row.generation < self.acknowledged {
            return Err(format!("generation {} was acknowledged and is lost", self.acknowledged));
        }
        if self.is_revocation_acknowledged && row.revoked.is_none() {
            return Err("a logout that was acknowledged was undone".to_owned());
        }
        match row.revoked {
            Some(reason) if !self.may_have_ended(reason, client, thief) => {
                Err(format!("the session has ended without a cause: {reason}"))
            }
            _ => Ok(()),
        }
    }

    fn may_have_ended(&self, reason: RevokeReason, client: &Client, thief: &Thief) -> bool {
        match reason {
            RevokeReason::Reuse => thief.has_acted,
            RevokeReason::Unconfirmed => thief.has_acted || (!client.names_attempts && self.may_lose_answers),
            RevokeReason::RetryExpired => thief.has_acted || (client.names_attempts && self.may_lose_answers),
            RevokeReason::Logout => self.has_logged_out,
            RevokeReason::Regressed => self.has_lost_commits,
            RevokeReason::Expired => true,
            _ => false,
        }
    }
}
