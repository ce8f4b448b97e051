//! One family's state machine, message by message, over a database that fails on demand.

mod bookkeeping;
mod decisions;
mod faults;
mod renewal;
mod revocations;
mod simulation;

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{FamilyCore, Shared};
use crate::clock::Timestamp;
use crate::model::idempotency::AttemptKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::RequestContext;
use crate::model::session_family::fixture::{family, token};
use crate::model::session_family::{NextGeneration, RegressedPolicy, RequestFacts, SessionFamily, Tolerance};
use crate::session::fake_store::{FakeStore, SetClock, shared};
use crate::session::message::{Refresh, RefreshError, RefreshOutcome, Refreshed, Revoke, Revoked};

/// Short, so that a test of silence is quick; nothing else waits for so long.
const PATIENCE: Duration = Duration::from_millis(50);

/// The fixture's family (generation 5) at second 1 100, and its core.
struct Bench {
    store: FakeStore,
    clock: Arc<SetClock>,
    shared: Arc<Shared>,
    core: FamilyCore,
}

impl Bench {
    fn new() -> Self {
        Self::of(&[family()])
    }

    fn of(families: &[SessionFamily]) -> Self {
        Self::under(families, |_| {})
    }

    /// With `refresh.regressed = adopt`.
    fn adopting() -> Self {
        Self::under(&[family()], |tolerance| tolerance.regressed = RegressedPolicy::Adopt)
    }

    fn under(families: &[SessionFamily], set: impl FnOnce(&mut Tolerance)) -> Self {
        let store = FakeStore::with(families);
        let clock = Arc::new(SetClock::at(1_100));
        let mut shared = shared(&store, Arc::clone(&clock), PATIENCE);
        set(&mut shared.tolerance);
        let shared = Arc::new(shared);
        Self { core: FamilyCore::new(family().id, Arc::clone(&shared)), store, clock, shared }
    }

    /// A request that arrives now.
    fn request(&self, generation: u64, attempt: Option<&str>) -> Refresh {
        Refresh {
            token: token(&family(), generation),
            facts: RequestFacts {
                arrived: Instant::now(),
                attempt: attempt.map(key),
                device_hash: [1; 8],
                transport: family().transport,
            },
            network: Some("192.0.2.0/24".to_owned()),
            context: RequestContext::default(),
        }
    }

    async fn refresh(&mut self, generation: u64) -> Result<Refreshed, RefreshError> {
        self.core.refresh(&self.request(generation, None)).await
    }

    async fn refresh_named(&mut self, generation: u64, attempt: &str) -> Result<Refreshed, RefreshError> {
        self.core.refresh(&self.request(generation, Some(attempt))).await
    }

    async fn log_out(&mut self, token: Option<RefreshToken>) -> Result<Revoked, RefreshError> {
        let request = Revoke {
            token,
            reason: RevokeReason::Logout,
            principal_id: Some(Uuid::from_u128(7)),
            context: RequestContext::default(),
        };
        self.core.revoke(&request).await
    }

    fn remembers(&self) -> Option<u64> {
        self.core.snapshot().generation
    }

    /// Access tokens of the family are refused.
    fn is_revoked_here(&self) -> bool {
        self.shared.index.contains(family().id)
    }
}

fn key(attempt: &str) -> AttemptKey {
    AttemptKey::of(format!("attempt-{attempt:0>16}").as_bytes()).unwrap()
}

/// The family as another node leaves it after a rotation at second `at`.
fn rotate_elsewhere(family: &mut SessionFamily, attempt: Option<&str>, at: i64) {
    let next = NextGeneration {
        key_id: family.key_id,
        rotation_key_hash: attempt.map(|attempt| key(attempt).hash),
        idle_timeout: Duration::from_secs(1_000),
        access_life: Duration::from_secs(600),
    };
    *family = family.rotated(&next, Timestamp::from_unix_seconds(at));
}
