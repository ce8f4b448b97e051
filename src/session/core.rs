//! One family's state machine: load → decide → persist → answer. It knows nothing of actors, so that it
//! can be read and tested as a plain `async` program; the actor gives it one message at a time.

mod endings;
mod examination;
mod renewal;
mod retry_rate;
mod rotation;

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntGauge;
use serde_json::json;
use uuid::Uuid;

use self::examination::Examined;
use self::retry_rate::RetryRate;
use super::message::{Presented, Refresh, RefreshError, Refreshed, Revoke, Revoked, Snapshot};
use super::port::FamilyStore;
use super::revocation::RevocationIndex;
use crate::clock::{Clock, Timestamp};
use crate::entropy::{Entropy, uuid_v7};
use crate::geoip::GeoIp;
use crate::keys::root_keys::RootKeys;
use crate::model::refresh_token::RefreshToken;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::{SessionFamily, Tolerance};
use crate::notification::Composer;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{Ending, FamilyWrite, WriteOutcome};
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::{Metrics, observe};

/// How often a decision is made again because the database had moved on.
const DECISIONS: u32 = 4;

/// What all families share.
pub struct Shared {
    pub store: Arc<dyn FamilyStore>,
    pub root_keys: Arc<RootKeys>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub index: Arc<RevocationIndex>,
    pub geoip: Arc<GeoIp>,
    /// For what the owner of a session must be told.
    pub composer: Composer,
    pub tolerance: Tolerance,
    pub idle_timeout: Duration,
    /// `tokens.access_ttl`
    pub access_ttl: Duration,
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
    /// The last generation that was seen in use, by its access token; 0 is none.
    acknowledged: u64,
    retries: RetryRate,
}

impl FamilyCore {
    pub fn new(id: Uuid, shared: Arc<Shared>) -> Self {
        shared.live.inc();
        Self { id, shared, family: None, acknowledged: 0, retries: RetryRate::default() }
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
        let mut overtaken = false;
        for _ in 0..DECISIONS {
            let live = match self.examine(request, overtaken).await? {
                Examined::Answered(refreshed) => return Ok(*refreshed),
                Examined::Live(live) => live,
            };
            let fresh = live.fresh;
            if let Some(refreshed) = self.rotate(live, request).await? {
                return Ok(refreshed);
            }
            overtaken |= fresh;
        }
        Err(RefreshError::Unavailable)
    }

    /// What a token gets that is to be spent along with a proof, before the proof is looked at.
    pub async fn present(&mut self, request: &Refresh) -> Result<Presented, RefreshError> {
        Ok(match self.examine(request, false).await? {
            Examined::Answered(refreshed) => Presented::Answered(refreshed),
            Examined::Live(_) => Presented::Live,
        })
    }

    pub async fn revoke(&mut self, request: &Revoke) -> Result<Revoked, RefreshError> {
        let Some(family) = self.load_if_needed().await? else {
            return Ok(Revoked::Before);
        };
        if request.token.as_ref().is_some_and(|token| !self.is_authentic(&family, token)) {
            return Err(RefreshError::Invalid);
        }
        // Credentials that moved on end a family without a word in its row: here the word is written.
        if family.revoked.is_some_and(|reason| reason != RevokeReason::CredentialsChanged) {
            return Ok(Revoked::Before);
        }
        let now = self.shared.clock.now();
        let mut event = self.event(EventKind::SessionEnded, &family, &request.context, now);
        event.actor_id = request.actor;
        event.detail = json!({ "reason": request.reason.as_str() });
        match self.end(&family, request.reason, None, Effects::of(event), now).await? {
            WriteOutcome::Lost => Ok(Revoked::Before),
            _ => Ok(Revoked::Now),
        }
    }

    /// The access token of this generation was seen: its refresh token has reached the client.
    pub fn acknowledge(&mut self, generation: u64) {
        if self.generation() == Some(generation) {
            self.acknowledged = generation;
        }
    }

    pub fn forget(&mut self) {
        self.family = None;
    }

    pub fn snapshot(&self) -> Snapshot {
        let generation = self.generation();
        Snapshot { generation, acknowledged: generation == Some(self.acknowledged) }
    }

    fn generation(&self) -> Option<u64> {
        self.family.as_ref().map(|family| family.generation)
    }

    fn is_authentic(&self, family: &SessionFamily, token: &RefreshToken) -> bool {
        let key = self.shared.root_keys.family_key(token.root_key_id(), &family.salt);
        key.is_some_and(|key| token.is_authentic(&key))
    }

    async fn end(
        &mut self,
        family: &SessionFamily,
        reason: RevokeReason,
        replayed_jti: Option<Uuid>,
        effects: Effects,
        now: Timestamp,
    ) -> Result<WriteOutcome, RefreshError> {
        // What was decided of the current generation holds for that one only.
        let is_of_generation = matches!(reason, RevokeReason::Expired | RevokeReason::Regressed);
        let generation = is_of_generation.then_some(family.generation);
        let logged_out = (reason == RevokeReason::Logout).then_some(family.user_id);
        let ending =
            Ending { family_id: self.id, generation, reason, at: now, replayed_jti, logged_out, effects };
        let outcome = self.persist(FamilyWrite::End(Box::new(ending))).await?;
        if outcome == WriteOutcome::Ended || generation.is_none() {
            self.shared.index.insert(self.id, now);
        }
        if outcome == WriteOutcome::Ended {
            self.family = Some(Box::new(SessionFamily { revoked: Some(reason), ..family.clone() }));
        }
        Ok(outcome)
    }

    /// Reads the family again.
    async fn load(&mut self) -> Result<Option<LoadedFamily>, RefreshError> {
        self.forget();
        self.shared.activating.inc();
        let loaded = self.bounded(self.shared.store.load(self.id)).await;
        self.shared.activating.dec();
        let loaded = loaded?;
        self.family = loaded.as_ref().map(|loaded| Box::new(loaded.family.clone()));
        Ok(loaded)
    }

    async fn load_if_needed(&mut self) -> Result<Option<SessionFamily>, RefreshError> {
        if self.family.is_none() {
            self.load().await?;
        }
        Ok(self.family.as_deref().cloned())
    }

    /// After an unknown outcome nothing that is remembered of the row counts any more.
    async fn persist(&mut self, write: FamilyWrite) -> Result<WriteOutcome, RefreshError> {
        let outcome = self.bounded(self.shared.store.write(write)).await;
        if outcome.is_err() {
            self.forget();
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
        context: &RequestContext,
        now: Timestamp,
    ) -> SecurityEvent {
        let id = uuid_v7(self.shared.entropy.as_ref(), now);
        SecurityEvent::new(id, kind, context.clone(), now).about(family.user_id).in_session(self.id)
    }
}

impl Drop for FamilyCore {
    fn drop(&mut self) {
        self.shared.live.dec();
    }
}

#[cfg(test)]
mod tests;
