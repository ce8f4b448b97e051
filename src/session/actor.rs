//! The actor: one per live family. Its mailbox is the family's order of events.

use std::sync::Arc;

use actix::{Actor, ActorContext, ActorFutureExt, AtomicResponse, Context, Handler, WrapFuture};
use uuid::Uuid;

use super::core::{FamilyCore, Shared};
use super::message::{
    Acknowledge, Forget, Observe, Queued, Refresh, RefreshError, Refreshed, Revoke, Revoked, Snapshot, Stop,
};
use crate::telemetry::metrics::observe;

/// Holds its core but while a message is being handled: then the message's future has it, and the
/// mailbox waits. If that future panics the core is gone, and so is the actor.
pub struct FamilyActor {
    id: Uuid,
    shared: Arc<Shared>,
    core: Option<FamilyCore>,
}

impl FamilyActor {
    pub fn new(id: Uuid, shared: Arc<Shared>) -> Self {
        shared.live.inc();
        Self {
            id,
            core: Some(FamilyCore::new(id, Arc::clone(&shared))),
            shared,
        }
    }

    fn waited<M>(&self, queued: &Queued<M>) {
        observe(&self.shared.metrics.family_mailbox_wait, queued.sent.elapsed());
        self.panic_if_sabotaged();
    }

    #[allow(
        clippy::panic,
        reason = "the fail point of the test that an actor's panic ends nothing else"
    )]
    fn panic_if_sabotaged(&self) {
        if self.shared.sabotage.lock().take_if(|id| *id == self.id).is_some() {
            panic!("sabotaged by a test");
        }
    }

    fn take(&mut self) -> FamilyCore {
        self.core
            .take()
            .unwrap_or_else(|| FamilyCore::new(self.id, Arc::clone(&self.shared)))
    }
}

impl Drop for FamilyActor {
    fn drop(&mut self) {
        self.shared.live.dec();
    }
}

impl Actor for FamilyActor {
    type Context = Context<Self>;
}

impl Handler<Queued<Refresh>> for FamilyActor {
    type Result = AtomicResponse<Self, Result<Refreshed, RefreshError>>;

    fn handle(&mut self, queued: Queued<Refresh>, _: &mut Self::Context) -> Self::Result {
        self.waited(&queued);
        let mut core = self.take();
        let answer = async move {
            let answer = core.refresh(&queued.message).await;
            (core, answer)
        };
        AtomicResponse::new(Box::pin(answer.into_actor(self).map(give_back)))
    }
}

impl Handler<Queued<Revoke>> for FamilyActor {
    type Result = AtomicResponse<Self, Result<Revoked, RefreshError>>;

    fn handle(&mut self, queued: Queued<Revoke>, _: &mut Self::Context) -> Self::Result {
        self.waited(&queued);
        let mut core = self.take();
        let answer = async move {
            let answer = core.revoke(&queued.message).await;
            (core, answer)
        };
        AtomicResponse::new(Box::pin(answer.into_actor(self).map(give_back)))
    }
}

fn give_back<T>((core, answer): (FamilyCore, T), actor: &mut FamilyActor, _: &mut Context<FamilyActor>) -> T {
    actor.core = Some(core);
    answer
}

impl Handler<Acknowledge> for FamilyActor {
    type Result = ();

    fn handle(&mut self, message: Acknowledge, _: &mut Self::Context) {
        if let Some(core) = &mut self.core {
            core.acknowledge(message.generation);
        }
    }
}

impl Handler<Forget> for FamilyActor {
    type Result = ();

    fn handle(&mut self, _: Forget, _: &mut Self::Context) {
        if let Some(core) = &mut self.core {
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
    type Result = actix::MessageResult<Queued<Observe>>;

    fn handle(&mut self, _: Queued<Observe>, _: &mut Self::Context) -> Self::Result {
        let unloaded = Snapshot {
            generation: None,
            acknowledged: false,
        };
        actix::MessageResult(self.core.as_ref().map_or(unloaded, FamilyCore::snapshot))
    }
}
