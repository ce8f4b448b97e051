//! One family's state machine: load → decide → persist → answer. It knows nothing of actors, so that it
//! can be read and tested as a plain `async` program; the actor gives it one message at a time.

mod replay;
mod step_up;

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntGauge;
use serde_json::json;
use uuid::Uuid;

use super::message::{Refresh, RefreshError, Refreshed, Revoke, Revoked, Snapshot};
use super::port::FamilyStore;
use super::revocation::RevocationIndex;
use crate::atlas::Atlas;
use crate::clock::{Clock, Timestamp};
use crate::crypto::keyring::Keyring;
use crate::delivery::Postbox;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::access_token::current_jti;
use crate::model::family_key::{FamilyKey, RootKeyId};
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, Origin, SecurityEvent};
use crate::model::session_family::{Decision, LocalKnowledge, Presented, SessionFamily, Tolerance, present};
use crate::store::family_write::{Ending, FamilyChange, FamilyWrite, Rotation, WriteOutcome};
use crate::store::{StoreError, Trail};
use crate::telemetry::metrics::{Metrics, observe};

/// How often a decision is made anew because the database had moved on.
const DECISIONS: u32 = 4;

/// What all families share.
pub struct Shared {
    pub store: Arc<dyn FamilyStore>,
    pub keyring: Arc<Keyring>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub index: Arc<RevocationIndex>,
    pub atlas: Arc<Atlas>,
    /// For what the owner of a session must be told.
    pub postbox: Postbox,
    pub tolerance: Tolerance,
    pub idle_timeout: Duration,
    /// The longest an actor waits for the database.
    pub patience: Duration,
    pub metrics: Metrics,
    pub live: IntGauge,
    pub activating: IntGauge,
    /// For tests: the next message for this family panics.
    pub sabotage: parking_lot::Mutex<Option<Uuid>>,
}

/// See the module's description.
pub struct FamilyCore {
    id: Uuid,
    shared: Arc<Shared>,
    /// Absent until loaded, and again whenever it may be out of date. Boxed, so that the rest fits into the
    /// space that the actor's task leaves unused: a live family then costs less than 1 KiB.
    family: Option<Box<SessionFamily>>,
    local: LocalKnowledge,
}

impl FamilyCore {
    pub fn new(id: Uuid, shared: Arc<Shared>) -> Self {
        shared.live.inc();
        let local = LocalKnowledge { committed_at: None, acknowledged: false };
        Self { id, shared, family: None, local }
    }

    /// A message has waited this long in the mailbox.
    #[allow(clippy::panic, reason = "the fail point of the test that an actor's panic ends nothing else")]
    pub fn waited(&self, time: Duration) {
        observe(&self.shared.metrics.family_mailbox_wait, time);
        if self.shared.sabotage.lock().take_if(|id| *id == self.id).is_some() {
            panic!("sabotaged by a test");
        }
    }

    pub async fn refresh(&mut self, request: &Refresh) -> Result<Refreshed, RefreshError> {
        let mut is_remembered = self.family.is_some();
        for _ in 0..DECISIONS {
            let family = self.family().await?;
            let now = self.shared.clock.now();
            let key = self.shared.keyring.family_key(request.token.root_key_id(), &family.salt);
            let decision = self.decide(&family, key.as_ref(), request, now);
            if is_remembered && decision.may_be_outdated() {
                is_remembered = false;
                self.reload(family.generation).await?;
                continue;
            }
            self.observe_age(&family, decision, now);
            let answer = match decision {
                Decision::Forged => return Err(RefreshError::Forged),
                Decision::Revoked(RevokeReason::Expired) => return Err(RefreshError::Expired),
                Decision::Revoked(reason) => return Err(RefreshError::Revoked(reason)),
                Decision::Expired => self.end_by_expiry(&family, &request.origin, now).await?,
                Decision::InFlight => return Err(RefreshError::InFlight),
                Decision::Rotate => self.rotate(&family, key, request, now).await?,
                Decision::Retry => self.retry(&family, key).await?,
                Decision::Replay(class) => self.end_by_replay(&family, class, request, now).await?,
                Decision::Regressed => self.end_by_regress(&family, request, now).await?,
            };
            // Without an answer the database had moved on: decide once more by what it says now.
            match answer {
                Some(refreshed) => return Ok(refreshed),
                None => self.forget(),
            }
        }
        Err(RefreshError::Unavailable)
    }

    pub async fn revoke(&mut self, request: &Revoke) -> Result<Revoked, RefreshError> {
        let Some(family) = self.load_if_needed().await? else {
            return Ok(Revoked::Before);
        };
        if request.token.as_ref().is_some_and(|token| !self.is_authentic(&family, token)) {
            return Err(RefreshError::Forged);
        }
        // Credentials that moved on end a family without a word in its row: here the word is written.
        if family.revoked.is_some_and(|reason| reason != RevokeReason::CredentialsChanged) {
            return Ok(Revoked::Before);
        }
        let now = self.shared.clock.now();
        let mut event = self.event(EventKind::SessionEnded, &family, &request.origin, now);
        event.actor_id = request.actor;
        event.detail = json!({ "reason": request.reason.as_str() });
        match self.end(&family, request.reason, None, Trail::of(event), now).await? {
            WriteOutcome::Lost => Ok(Revoked::Before),
            _ => Ok(Revoked::Now),
        }
    }

    /// The access token of this generation was seen: its refresh token has reached the client.
    pub fn acknowledge(&mut self, generation: u64) {
        let current = self.family.as_ref().map(|family| family.generation);
        self.local.acknowledged |= current == Some(generation);
    }

    pub fn forget(&mut self) {
        self.family = None;
        self.local = LocalKnowledge::default();
    }

    pub fn snapshot(&self) -> Snapshot {
        let generation = self.family.as_ref().map(|family| family.generation);
        Snapshot { generation, acknowledged: self.local.acknowledged }
    }

    fn decide(
        &self,
        family: &SessionFamily,
        key: Option<&FamilyKey>,
        request: &Refresh,
        now: Timestamp,
    ) -> Decision {
        let presented = Presented { token: &request.token, key, request: &request.facts };
        present(family, &self.local, &presented, &self.shared.tolerance, now)
    }

    fn is_authentic(&self, family: &SessionFamily, token: &RefreshToken) -> bool {
        let key = self.shared.keyring.family_key(token.root_key_id(), &family.salt);
        key.is_some_and(|key| token.is_authentic(&key))
    }

    /// The family's key under another root key than the one that the token was presented with, if need be.
    fn key_under(
        &self,
        root: RootKeyId,
        family: &SessionFamily,
        presented: Option<FamilyKey>,
    ) -> Result<FamilyKey, RefreshError> {
        let same = presented.filter(|key| key.root == root);
        let key = same.or_else(|| self.shared.keyring.family_key(root, &family.salt));
        key.ok_or(RefreshError::Unavailable)
    }

    async fn rotate(
        &mut self,
        family: &SessionFamily,
        presented: Option<FamilyKey>,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let root = self.shared.keyring.active().id;
        let key = self.key_under(root, family, presented)?;
        let next = family.rotated(root, request.facts.idempotency_key, self.shared.idle_timeout, now);
        let write = FamilyWrite::Rotate(Rotation {
            family_id: self.id,
            spent_generation: family.generation,
            auth_time: family.auth_time,
            key_id: root.0,
            jti: current_jti(&next, &key),
            at: now,
            rotation_key_hash: next.rotation_key_hash,
            idle_expires_at: next.idle_expires_at,
            network: request.network.clone(),
            location: self.shared.atlas.locate(&request.origin),
        });
        match self.persist(write).await? {
            WriteOutcome::Rotated(user) => {
                self.family = Some(Box::new(next.clone()));
                let committed_at = Some(self.shared.clock.monotonic());
                self.local = LocalKnowledge { committed_at, acknowledged: false };
                Ok(Some(Refreshed { family: next, key, user, retried: false }))
            }
            _ => {
                self.shared.metrics.family_conflicts.inc();
                Ok(None)
            }
        }
    }

    /// The answer names the user as of now, so the row is read once more.
    async fn retry(
        &mut self,
        family: &SessionFamily,
        presented: Option<FamilyKey>,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let loaded = self.bounded(self.shared.store.load(self.id)).await?;
        match loaded {
            Some(loaded) if loaded.family == *family => {
                let key = self.key_under(family.key_id, family, presented)?;
                Ok(Some(Refreshed { family: loaded.family, key, user: loaded.user, retried: true }))
            }
            _ => Ok(None),
        }
    }

    async fn end_by_regress(
        &mut self,
        family: &SessionFamily,
        request: &Refresh,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let generation = request.token.generation();
        let event = self.event(EventKind::RefreshTokenRegressed, family, &request.origin, now).with(json!({
            "generation": generation, "current_generation": family.generation,
        }));
        match self.end(family, RevokeReason::Regressed, None, Trail::of(event), now).await? {
            WriteOutcome::Lost => Ok(None),
            _ => {
                tracing::error!(session_id = %self.id, generation, current_generation = family.generation,
                    "a refresh token is ahead of the database: was an old backup restored?");
                Err(RefreshError::Regressed)
            }
        }
    }

    /// The expiry is written down: a clock that is set back does not bring the session to life again.
    async fn end_by_expiry(
        &mut self,
        family: &SessionFamily,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<Refreshed>, RefreshError> {
        let reason = RevokeReason::Expired;
        let event = self.event(EventKind::SessionEnded, family, origin, now);
        let event = event.with(json!({ "reason": reason.as_str() }));
        match self.end(family, reason, None, Trail::of(event), now).await {
            Ok(WriteOutcome::Lost) => Ok(None),
            // It has expired, whether or not the database could be told.
            _ => Err(RefreshError::Expired),
        }
    }

    async fn end(
        &mut self,
        family: &SessionFamily,
        reason: RevokeReason,
        replayed_jti: Option<Uuid>,
        trail: Trail,
        now: Timestamp,
    ) -> Result<WriteOutcome, RefreshError> {
        // What was decided of the current generation holds for that one only.
        let is_of_generation = matches!(reason, RevokeReason::Expired | RevokeReason::Regressed);
        let generation = is_of_generation.then_some(family.generation);
        let logged_out = (reason == RevokeReason::Logout).then_some(family.user_id);
        let ending =
            Ending { family_id: self.id, generation, reason, at: now, replayed_jti, logged_out, trail };
        let outcome = self.persist(FamilyWrite::Change(FamilyChange::End(Box::new(ending)))).await?;
        if outcome == WriteOutcome::Ended || generation.is_none() {
            self.shared.index.insert(self.id, now);
        }
        if outcome == WriteOutcome::Ended {
            self.family = Some(Box::new(SessionFamily { revoked: Some(reason), ..family.clone() }));
        }
        Ok(outcome)
    }

    /// Reads the family anew. What is known of the generation that was remembered stays known, if it is
    /// still the current one.
    async fn reload(&mut self, remembered: u64) -> Result<(), RefreshError> {
        let local = self.local;
        self.forget();
        if self.family().await?.generation == remembered {
            self.local = local;
        }
        Ok(())
    }

    /// The family, or the refusal that an unknown one gets.
    async fn family(&mut self) -> Result<SessionFamily, RefreshError> {
        self.load_if_needed().await?.ok_or(RefreshError::Forged)
    }

    async fn load_if_needed(&mut self) -> Result<Option<SessionFamily>, RefreshError> {
        if self.family.is_none() {
            self.shared.activating.inc();
            let loaded = self.bounded(self.shared.store.load(self.id)).await;
            self.shared.activating.dec();
            self.family = loaded?.map(|loaded| Box::new(loaded.family));
        }
        Ok(self.family.as_deref().cloned())
    }

    /// After an unknown outcome nothing that is remembered counts any more; but an ending leaves the
    /// generation as it is, and what is known of it must not be lost to who replays a token twice.
    async fn persist(&mut self, write: FamilyWrite) -> Result<WriteOutcome, RefreshError> {
        let local = matches!(write, FamilyWrite::Change(FamilyChange::End(_))).then_some(self.local);
        let outcome = self.bounded(self.shared.store.write(write)).await;
        if outcome.is_err() {
            self.forget();
            self.local = local.unwrap_or_default();
        }
        outcome
    }

    async fn bounded<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, RefreshError> {
        match tokio::time::timeout(self.shared.patience, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::warn!(session_id = %self.id, %error, "a session could not reach the database");
                Err(RefreshError::Unavailable)
            }
            Err(_) => Err(RefreshError::Unavailable),
        }
    }

    fn event(
        &self,
        kind: EventKind,
        family: &SessionFamily,
        origin: &Origin,
        now: Timestamp,
    ) -> SecurityEvent {
        let id = uuid_v7(self.shared.entropy.as_ref(), now);
        SecurityEvent::new(id, kind, origin.clone(), now).about(family.user_id).in_session(self.id)
    }

    fn observe_age(&self, family: &SessionFamily, decision: Decision, now: Timestamp) {
        if matches!(decision, Decision::Retry | Decision::InFlight | Decision::Replay(_)) {
            observe(&self.shared.metrics.refresh_retry_age, now.since(family.rotated_at));
        }
    }
}

impl Drop for FamilyCore {
    fn drop(&mut self) {
        self.shared.live.dec();
    }
}

#[cfg(test)]
mod tests;
