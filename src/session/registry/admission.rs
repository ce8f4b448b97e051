//! A request's place in the registry, held until it is dropped: an answer, an error and a client that hangs up all give
//! it back.

use std::sync::atomic::Ordering;

use actix::Addr;
use uuid::Uuid;

use super::Registry;
use crate::session::actor::FamilyActor;

pub(super) struct Ticket<'a> {
    registry: &'a Registry,
    family: Uuid,
    actor: Addr<FamilyActor>,
}

impl<'a> Ticket<'a> {
    pub const fn new(registry: &'a Registry, family: Uuid, actor: Addr<FamilyActor>) -> Self {
        Self { registry, family, actor }
    }

    pub fn actor(&self) -> Addr<FamilyActor> {
        self.actor.clone()
    }

    /// Replaces an actor that has panicked; the next one starts from the row in the database.
    pub fn respawn(&self, dead: &Addr<FamilyActor>) -> Addr<FamilyActor> {
        let shard = self.registry.shard(self.family);
        let (actor, is_new) = shard.replace(self.family, dead, || self.registry.spawn(self.family));
        if is_new {
            self.registry.shared.metrics.family_panics.inc();
            tracing::error!(session_id = %self.family, "a session's actor died and was started again");
        }
        actor
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.registry.shard(self.family).leave(self.family, self.registry.seconds());
        self.registry.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
