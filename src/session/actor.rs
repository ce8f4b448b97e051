//! The actor: one per live family. Its mailbox is the family's order of events.

use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use actix::{
    Actor, ActorContext, ActorFutureExt, AtomicResponse, Context, Handler, MessageResult, WrapFuture,
};
use uuid::Uuid;

use super::core::{FamilyCore, Shared};
use super::message::{
    Acknowledge, Forget, Observe, Present, Queued, Refresh, RefreshError, Refreshed, Renew, RenewedFamily,
    Revoke, RevokeError, RevokeFor, Revoked, Snapshot, Stop,
};
use crate::telemetry::trace::Span;

/// Holds its core except while a message is being handled: then the message's future has it, and the mailbox waits. If
/// that future panics, the core is gone, and the actor with it. Nothing else is kept here, because there may be hundreds
/// of thousands of actors.
pub struct FamilyActor(Option<FamilyCore>);

/// An answer that keeps the mailbox waiting until it is there.
type Answer<T, E = RefreshError> = AtomicResponse<FamilyActor, Result<T, E>>;

impl FamilyActor {
    pub fn new(id: Uuid, shared: Arc<Shared>) -> Self {
        Self(Some(FamilyCore::new(id, shared)))
    }

    /// Lends the core to the work and takes it back with the answer.
    fn answer<T, E, W, F>(&mut self, (sent, span): (Instant, Span), work: W) -> Answer<T, E>
    where
        T: 'static,
        E: From<RefreshError> + 'static,
        W: FnOnce(FamilyCore) -> F,
        F: Future<Output = (FamilyCore, Result<T, E>)> + 'static,
    {
        let Some(core) = self.0.take() else {
            // The mailbox waits while the core is lent, so this cannot happen; if it did, nothing is done.
            return AtomicResponse::new(Box::pin(
                ready(Err(RefreshError::Unavailable.into())).into_actor(self),
            ));
        };
        let waited = sent.elapsed();
        core.waited(waited);
        span.set("kindred.mailbox_wait_ms", waited.as_secs_f64() * 1e3);
        let work = span.clone().scope(work(core)).into_actor(self);
        AtomicResponse::new(Box::pin(work.map(move |(core, answer), actor: &mut Self, _| {
            actor.0 = Some(core);
            span.end();
            answer
        })))
    }
}

impl Actor for FamilyActor {
    type Context = Context<Self>;
}

impl Handler<Queued<Refresh>> for FamilyActor {
    type Result = Answer<Refreshed>;

    fn handle(&mut self, queued: Queued<Refresh>, _: &mut Self::Context) -> Self::Result {
        self.answer((queued.sent, queued.span), async move |mut core| {
            let answer = core.refresh(&queued.message).await;
            (core, answer)
        })
    }
}

impl Handler<Queued<Revoke>> for FamilyActor {
    type Result = Answer<Revoked>;

    fn handle(&mut self, queued: Queued<Revoke>, _: &mut Self::Context) -> Self::Result {
        self.answer((queued.sent, queued.span), async move |mut core| {
            let answer = core.revoke(&queued.message).await;
            (core, answer)
        })
    }
}

impl Handler<Queued<RevokeFor>> for FamilyActor {
    type Result = Answer<Revoked, RevokeError>;

    fn handle(&mut self, queued: Queued<RevokeFor>, _: &mut Self::Context) -> Self::Result {
        self.answer((queued.sent, queued.span), async move |mut core| {
            let answer = core.revoke_for(&queued.message).await;
            (core, answer)
        })
    }
}

impl Handler<Queued<Present>> for FamilyActor {
    type Result = Answer<Option<Box<Refreshed>>>;

    fn handle(&mut self, queued: Queued<Present>, _: &mut Self::Context) -> Self::Result {
        self.answer((queued.sent, queued.span), async move |mut core| {
            let answer = core.present(&queued.message.0).await;
            (core, answer)
        })
    }
}

impl Handler<Queued<Renew>> for FamilyActor {
    type Result = Answer<RenewedFamily>;

    fn handle(&mut self, queued: Queued<Renew>, _: &mut Self::Context) -> Self::Result {
        self.answer((queued.sent, queued.span), async move |mut core| {
            let answer = core.renew(&queued.message).await;
            (core, answer)
        })
    }
}

impl Handler<Acknowledge> for FamilyActor {
    type Result = ();

    fn handle(&mut self, message: Acknowledge, _: &mut Self::Context) {
        if let Some(core) = &mut self.0 {
            core.acknowledge(message.generation);
        }
    }
}

impl Handler<Forget> for FamilyActor {
    type Result = ();

    fn handle(&mut self, _: Forget, _: &mut Self::Context) {
        if let Some(core) = &mut self.0 {
            core.forget();
        }
    }
}

impl Handler<Stop> for FamilyActor {
    type Result = ();

    fn handle(&mut self, _: Stop, context: &mut Self::Context) {
        context.stop();
    }
}

impl Handler<Queued<Observe>> for FamilyActor {
    type Result = MessageResult<Queued<Observe>>;

    fn handle(&mut self, _: Queued<Observe>, _: &mut Self::Context) -> Self::Result {
        let unloaded = Snapshot { generation: None, acknowledged: false };
        MessageResult(self.0.as_ref().map_or(unloaded, |core| core.snapshot()))
    }
}
