//! The rules under test: the product's, or the product's without one of them. The decision is always
//! [`present`]'s; a rule is taken out by changing what it is told or what it said.

use std::cell::RefCell;
use std::time::Duration;

use super::state::{Cause, Key, Purpose, Request, Row, Seconds};
use crate::clock::Timestamp;
use crate::model::assurance::{Aal, Amr, Method};
use crate::model::family_key::FamilyKey;
use crate::model::idempotency::AttemptKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::session_family::{
    Decision, LocalKnowledge, NextGeneration, Presented, RegressedPolicy, ReuseClass, SessionFamily,
    Tolerance, fixture, present,
};

/// How a step-up changes the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpRule {
    /// It spends the refresh token that comes with it.
    SpendsToken,
    /// Whatever generation is current is replaced, as the access token tells the session only.
    ReplacesCurrent,
    /// The current generation is raised.
    RaisesCurrent,
}

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub tolerance: Tolerance,
    /// Every decision but a rotation is made on a row that was loaded for the request.
    pub loads_before_deciding: bool,
    /// A compare-and-swap that was lost on a loaded row is a race.
    pub heeds_overtaken: bool,
    /// The race window covers two generations.
    pub two_generations: bool,
    /// A request counts from its arrival at the node, not from its turn.
    pub by_arrival: bool,
    /// Without any names a spent token is taken for a lost answer, not for a theft.
    pub has_unconfirmed: bool,
    /// The live token under the key of its own rotation gets the same tokens.
    pub has_unchanged: bool,
    /// All moments are the database's.
    pub database_clock: bool,
    pub compare_and_swap: bool,
    pub step_up: StepUpRule,
}

/// The product's rules, with the windows of its default settings.
impl Default for Rules {
    fn default() -> Self {
        Self {
            tolerance: Tolerance {
                grace: Duration::ZERO,
                retry_window: DAY * 30,
                derived_retry_window: Duration::from_secs(60),
                race_window: Duration::from_secs(10),
                regressed: RegressedPolicy::End,
            },
            loads_before_deciding: true,
            heeds_overtaken: true,
            two_generations: true,
            by_arrival: true,
            has_unconfirmed: true,
            has_unchanged: true,
            database_clock: true,
            compare_and_swap: true,
            step_up: StepUpRule::SpendsToken,
        }
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// No search gets further.
const GENERATIONS: u64 = 32;

/// The rules with the family that they are applied to.
pub struct Judge {
    pub rules: Rules,
    family: SessionFamily,
    key: FamilyKey,
    tokens: Vec<RefreshToken>,
    /// Every decision that was made so far.
    pub reached: RefCell<Vec<Decision>>,
}

/// What is decided about: a request, and what the node knows of it.
#[derive(Clone, Copy)]
pub struct Case {
    pub request: Request,
    pub overtaken: bool,
    /// How far the clock that the node uses is ahead of true time.
    pub offset: Seconds,
}

impl Judge {
    pub fn new(rules: Rules) -> Self {
        let far = at(1_000_000_000);
        let family = SessionFamily { idle_expires_at: far, expires_at: far, ..fixture::family() };
        let key = fixture::root_key().family_key(&family.salt);
        let tokens = (0..GENERATIONS).map(|generation| fixture::token(&family, generation)).collect();
        Self { rules, family, key, tokens, reached: RefCell::default() }
    }

    pub fn decide(&self, row: &Row, case: &Case, now: Seconds) -> Decision {
        let Case { request, overtaken, offset } = *case;
        let Some(token) = usize::try_from(request.generation).ok().and_then(|index| self.tokens.get(index))
        else {
            return Decision::Invalid;
        };
        let arrived = if self.rules.by_arrival { request.since } else { now };
        let presented = Presented {
            token,
            key: Some(&self.key),
            attempt: request.key.and_then(attempt),
            arrived: at(arrived + offset),
            overtaken: overtaken && self.rules.heeds_overtaken,
            same_device: true,
            transport: self.family.transport,
        };
        let (local, now) = (LocalKnowledge::default(), at(now + offset));
        let decision = present(&self.family(row), &local, &presented, &self.rules.tolerance, now);
        let decision = self.altered(decision, row.generation.saturating_sub(request.generation), &presented);
        let mut reached = self.reached.borrow_mut();
        if !reached.contains(&decision) {
            reached.push(decision);
        }
        decision
    }

    fn altered(&self, decision: Decision, behind: u64, presented: &Presented<'_>) -> Decision {
        match decision {
            Decision::Unchanged if !self.rules.has_unchanged => Decision::Rotate,
            Decision::InFlight if behind > 1 && !self.rules.two_generations && !presented.overtaken => {
                Decision::Reuse(ReuseClass::Stale)
            }
            Decision::Unconfirmed if !self.rules.has_unconfirmed => Decision::Reuse(ReuseClass::Previous),
            decision => decision,
        }
    }

    /// The row after a rotation, as the product's own rules for the next generation have it.
    pub fn next(&self, row: &Row, request: &Request, moment: Seconds) -> Row {
        let rotation = NextGeneration {
            key_id: self.family.key_id,
            rotation_key_hash: request.key.and_then(attempt).map(|attempt| attempt.hash),
            idle_timeout: DAY * 30,
            access_life: Duration::from_secs(600),
        };
        let family = self.family(row);
        let next = match request.purpose {
            Purpose::Refresh => family.rotated(&rotation, at(moment)),
            Purpose::StepUp => {
                family.reauthenticated(&rotation, at(moment), Amr::of(&[Method::OneTimePassword]))
            }
        };
        Row {
            generation: next.generation,
            key: request.key,
            rotated_at: next.rotated_at.unix_seconds(),
            raised: next.aal == Aal::Two,
            revoked: row.revoked,
        }
    }

    fn family(&self, row: &Row) -> SessionFamily {
        let proven: &[Method] =
            if row.raised { &[Method::Password, Method::OneTimePassword] } else { &[Method::Password] };
        let amr = Amr::of(proven);
        SessionFamily {
            generation: row.generation,
            rotated_at: at(row.rotated_at),
            rotation_key_hash: row.key.and_then(attempt).map(|attempt| attempt.hash),
            auth_time: at(0),
            amr,
            aal: amr.aal(),
            revoked: row.revoked.map(reason),
            ..self.family.clone()
        }
    }
}

fn at(seconds: Seconds) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn attempt(key: Key) -> Option<AttemptKey> {
    let text = match key {
        Key::Random(number) => format!("the-owner-s-key-{number:03}"),
        Key::Derived(generation) => format!("d.of-the-token-{generation:03}"),
        Key::Thief => "the-thief-s-own-key".to_owned(),
    };
    AttemptKey::of(text.as_bytes()).ok()
}

fn reason(cause: Cause) -> RevokeReason {
    match cause {
        Cause::Reuse => RevokeReason::Reuse,
        Cause::Unconfirmed => RevokeReason::Unconfirmed,
        Cause::RetryExpired => RevokeReason::RetryExpired,
    }
}
