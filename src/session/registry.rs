//! The live actors, by family. Gets or starts one, bounds what waits, and stops idle ones (passivation).

mod admission;
mod shard;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, MailboxError, Message};
use actix_rt::ArbiterHandle;
use tokio::sync::oneshot;
use uuid::Uuid;

use self::admission::Ticket;
use self::shard::Shard;
use super::actor::FamilyActor;
use super::core::Shared;
use super::message::{
    Acknowledge, Forget, Observe, Present, Queued, Refresh, RefreshError, Refreshed, Renew, RenewedFamily,
    Revoke, RevokeError, RevokeFor, Revoked, Snapshot, Stop,
};
use crate::telemetry::trace::Span;

/// A power of two. The sweeper locks one at a time, so that it never stops all requests.
const SHARDS: usize = 256;

/// A thread of the actors takes no turns.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a thread of the actors has ended")]
pub struct TurnError;

/// How many requests may wait, and how long an actor may be idle.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `sessions.max_waiting_per_session`: requests in progress or waiting for one family.
    pub waiting_per_family: u16,
    /// `sessions.max_waiting`: the same for all families together.
    pub waiting: usize,
    /// `sessions.passivate_after`: how long an actor is kept without a message.
    pub passivate_after: Duration,
}

/// The actors of this process, found by the id of their family.
pub struct Registry {
    shards: Box<[Shard]>,
    arbiters: Vec<ArbiterHandle>,
    shared: Arc<Shared>,
    limits: Limits,
    waiting: AtomicUsize,
    started: Instant,
}

impl Registry {
    /// `arbiters` are the threads that actors live on: at least one.
    pub fn new(shared: Arc<Shared>, limits: Limits, arbiters: Vec<ArbiterHandle>) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, arbiters, shared, limits, waiting: AtomicUsize::new(0), started: Instant::now() }
    }

    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, request: Refresh) -> Result<Refreshed, RefreshError> {
        self.ask(request.token.family_id(), request).await?
    }

    /// # Errors
    /// [`RefreshError`]; unless it is [`RefreshError::Unavailable`], the family is as it was.
    pub async fn revoke(&self, family: Uuid, request: Revoke) -> Result<Revoked, RefreshError> {
        self.ask(family, request).await?
    }

    /// # Errors
    /// [`RevokeError`]; unless it is [`RefreshError::Unavailable`], the family is as it was.
    pub async fn revoke_for(&self, family: Uuid, request: RevokeFor) -> Result<Revoked, RevokeError> {
        self.ask(family, request).await?
    }

    /// # Errors
    /// [`RefreshError`].
    pub async fn present(&self, request: Refresh) -> Result<Option<Box<Refreshed>>, RefreshError> {
        self.ask(request.token.family_id(), Present(request)).await?
    }

    /// # Errors
    /// [`RefreshError`].
    pub async fn renew(&self, request: Renew) -> Result<RenewedFamily, RefreshError> {
        self.ask(request.refresh.token.family_id(), request).await?
    }

    /// # Errors
    /// [`RefreshError`] if the actor cannot be asked.
    pub async fn observe(&self, family: Uuid) -> Result<Snapshot, RefreshError> {
        self.ask(family, Observe).await
    }

    /// Tells a live actor that its current access token was seen. Where there is no actor, there is nothing to tell.
    pub fn acknowledge(&self, family: Uuid, generation: u64) {
        if let Some(actor) = self.shard(family).live(family) {
            actor.do_send(Acknowledge { generation });
        }
    }

    /// Tells live actors that their families were changed without them.
    pub fn forget(&self, families: &[Uuid]) {
        for family in families {
            if let Some(actor) = self.shard(*family).live(*family) {
                actor.do_send(Forget);
            }
        }
    }

    /// Stops the idle actors of one shard. The handshake: an actor is taken out of the registry only while no request
    /// waits for it, so the message to stop is its last.
    pub fn sweep(&self, round: usize) {
        let oldest = self.seconds().saturating_sub(whole_seconds(self.limits.passivate_after));
        let idle = self.shards[round % SHARDS].take_idle(oldest);
        self.shared.metrics.family_passivations.inc_by(idle.len() as u64);
        for actor in idle {
            actor.do_send(Stop);
        }
    }

    /// Waits until each thread of the actors has had a turn.
    ///
    /// # Errors
    /// A thread has ended.
    pub async fn take_turns(&self) -> Result<(), TurnError> {
        for arbiter in &self.arbiters {
            let (had, turn) = oneshot::channel();
            arbiter.spawn_fn(move || {
                // An error means that the check has given up.
                let _ = had.send(());
            });
            turn.await.map_err(|_| TurnError)?;
        }
        Ok(())
    }

    /// How long the sweeper waits between two shards: every shard is seen four times in an idle period.
    pub fn sweep_interval(&self) -> Duration {
        let period = self.limits.passivate_after / 4;
        (period / u32::try_from(SHARDS).unwrap_or(1)).max(Duration::from_millis(1))
    }

    async fn ask<M>(&self, family: Uuid, message: M) -> Result<<Queued<M> as Message>::Result, RefreshError>
    where
        M: Send + Sync + 'static,
        Queued<M>: Message + Send,
        <Queued<M> as Message>::Result: Send,
        FamilyActor: Handler<Queued<M>>,
        actix::Context<FamilyActor>: ToEnvelope<FamilyActor, Queued<M>>,
    {
        let ticket = self.admit(family)?;
        let mut actor = ticket.actor();
        let (message, sent) = (Arc::new(message), Instant::now());
        let span = Span::current().child("family");
        if span.is_recorded() {
            span.set("session.id", family.to_string());
        }
        match actor.send(Queued { message: Arc::clone(&message), sent, span: span.clone() }).await {
            Ok(answer) => return Ok(answer),
            Err(MailboxError::Timeout) => return Err(RefreshError::Unavailable),
            Err(MailboxError::Closed) => actor = ticket.respawn(&actor),
        }
        actor.send(Queued { message, sent, span }).await.map_err(|_| RefreshError::Unavailable)
    }

    fn admit(&self, family: Uuid) -> Result<Ticket<'_>, RefreshError> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.limits.waiting {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(RefreshError::Overloaded);
        }
        let enter = self.shard(family).enter(family, self.limits.waiting_per_family, || self.spawn(family));
        enter.map(|actor| Ticket::new(self, family, actor)).ok_or_else(|| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            RefreshError::Busy
        })
    }

    fn spawn(&self, family: Uuid) -> Addr<FamilyActor> {
        self.shared.metrics.family_activations.inc();
        let shared = Arc::clone(&self.shared);
        let arbiter = &self.arbiters[hash(family) / SHARDS % self.arbiters.len()];
        FamilyActor::start_in_arbiter(arbiter, move |_| FamilyActor::new(family, shared))
    }

    fn shard(&self, family: Uuid) -> &Shard {
        &self.shards[hash(family) % SHARDS]
    }

    /// Seconds since the registry began: four bytes instead of sixteen for each live family.
    fn seconds(&self) -> u32 {
        whole_seconds(self.started.elapsed())
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Registry").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// The random half of a UUIDv7 serves as a hash.
fn hash(family: Uuid) -> usize {
    usize::try_from(family.as_u128() & 0xffff_ffff).unwrap_or(0)
}

#[cfg(test)]
mod tests;
