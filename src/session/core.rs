//! One family's state machine: load, decide, persist, answer. It knows nothing of actors, so that it can be read and
//! tested as a plain `async` program; the actor gives it one message at a time.

mod examination;
mod renewal;
mod retry_rate;
mod revocation;
mod revoking_decisions;
mod rotation;

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntGauge;
use uuid::Uuid;

use self::examination::Examined;
use self::retry_rate::RetryRate;
use super::message::{Refresh, RefreshError, Refreshed, Snapshot};
use super::port::{Answer, FamilyStore};
use super::revocation::RevocationIndex;
use super::set_back::SetBackAlarm;
use crate::clock::{Clock, Timestamp};
use crate::entropy::{Entropy, uuid_v7};
use crate::geoip::GeoIp;
use crate::keys::root_keys::RootKeys;
use crate::model::refresh_token::RefreshToken;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::{IdleTimeouts, SessionFamily, Tolerance};
use crate::notification::Composer;
use crate::store::StoreError;
use crate::store::session::family::LoadedFamily;
use crate::telemetry::metrics::{Metrics, observe};

/// How often a decision is made at most, if other changes overtake it.
const DECISIONS: u32 = 4;

/// What all families share.
pub struct Shared {
    /// The port to the database and the journal.
    pub store: Arc<dyn FamilyStore>,
    /// Tokens are checked under the key that they name.
    pub root_keys: Arc<RootKeys>,
    /// The time of all nodes on the database.
    pub clock: Arc<dyn Clock>,
    /// Draws the ids of events.
    pub entropy: Arc<dyn Entropy>,
    /// Told of families that were revoked here, before the client gets its answer.
    pub index: Arc<RevocationIndex>,
    /// Told of tokens that the database has never issued.
    pub set_back: Arc<SetBackAlarm>,
    /// Locates the network of a rotation.
    pub geoip: Arc<GeoIp>,
    /// For mails to the owner of a session.
    pub composer: Composer,
    /// The windows for races and lost answers.
    pub tolerance: Tolerance,
    /// How long a session may go without a refresh.
    pub idle_timeouts: IdleTimeouts,
    /// `tokens.access_ttl`
    pub access_ttl: Duration,
    /// The longest an actor waits for the database.
    pub patience: Duration,
    /// Counts refreshes, conflicts and waits.
    pub metrics: Metrics,
    /// `auth_family_actors{state="live"}`
    pub live: IntGauge,
    /// `auth_family_actors{state="activating"}`
    pub activating: IntGauge,
}

/// The state of one family in memory, and the decisions about it.
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
    /// Nothing is loaded before the first message that needs the row.
    pub fn new(id: Uuid, shared: Arc<Shared>) -> Self {
        shared.live.inc();
        Self { id, shared, family: None, acknowledged: 0, retries: RetryRate::default() }
    }

    /// Records how long a message has waited in the mailbox.
    pub fn waited(&self, time: Duration) {
        observe(&self.shared.metrics.family_mailbox_wait, time);
        #[cfg(debug_assertions)]
        super::fail_point::reach(self.id);
    }

    /// Decides about a token, and rotates the family if the decision says so. A rotation that another change overtakes
    /// is decided again, a few times.
    ///
    /// # Errors
    /// [`RefreshError`]. After [`RefreshError::Unavailable`] it is unknown whether the token is spent; the client
    /// repeats the request with its key.
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
        self.shared.store.note_contradiction();
        Err(RefreshError::Unavailable)
    }

    /// What a token gets that is to be spent along with a reauthentication, before that is looked at. `None` if it is the
    /// live one: then a reauthentication may be spent with it.
    pub async fn present(&mut self, request: &Refresh) -> Result<Option<Box<Refreshed>>, RefreshError> {
        match self.examine(request, false).await? {
            Examined::Answered(refreshed) => Ok(Some(refreshed)),
            Examined::Live(_) => Ok(None),
        }
    }

    /// The access token of this generation was seen: its refresh token has reached the client.
    pub fn acknowledge(&mut self, generation: u64) {
        if self.generation() == Some(generation) {
            self.acknowledged = generation;
        }
    }

    /// Drops what is remembered of the row; the next message loads it again.
    pub fn forget(&mut self) {
        self.family = None;
    }

    /// What the actor remembers, for tests.
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

    /// Reads the family from the database.
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

    /// Waits for a write. After an unknown outcome nothing that is remembered of the row counts.
    async fn persist<T>(&mut self, write: Answer<T>) -> Result<T, RefreshError> {
        let outcome = self.bounded(write).await;
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
