//! A part of the map, under a lock of its own.

use actix::Addr;
use hashbrown::HashMap;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::session::actor::FamilyActor;

#[derive(Default)]
pub(super) struct Shard(Mutex<HashMap<Uuid, Slot>>);

struct Slot {
    actor: Addr<FamilyActor>,
    /// Requests that are queued or being answered.
    waiting: u16,
    /// When the last request left, in seconds since the registry started.
    used: u32,
}

impl Shard {
    /// Lets a request in, unless too many wait for the family already.
    pub fn enter(
        &self,
        family: Uuid,
        limit: u16,
        spawn: impl FnOnce() -> Addr<FamilyActor>,
    ) -> Option<Addr<FamilyActor>> {
        let mut slots = self.0.lock();
        let slot = slots.entry(family).or_insert_with(|| Slot { actor: spawn(), waiting: 0, used: 0 });
        if slot.waiting >= limit {
            return None;
        }
        slot.waiting += 1;
        Some(slot.actor.clone())
    }

    pub fn leave(&self, family: Uuid, second: u32) {
        if let Some(slot) = self.0.lock().get_mut(&family) {
            slot.waiting = slot.waiting.saturating_sub(1);
            slot.used = second;
        }
    }

    /// Puts a new actor in the place of a dead one; if another request has done so before, gives that one.
    pub fn replace(
        &self,
        family: Uuid,
        dead: &Addr<FamilyActor>,
        spawn: impl FnOnce() -> Addr<FamilyActor>,
    ) -> (Addr<FamilyActor>, bool) {
        let mut slots = self.0.lock();
        match slots.get_mut(&family) {
            Some(slot) if slot.actor == *dead => {
                slot.actor = spawn();
                (slot.actor.clone(), true)
            }
            Some(slot) => (slot.actor.clone(), false),
            None => (spawn(), true),
        }
    }

    pub fn live(&self, family: Uuid) -> Option<Addr<FamilyActor>> {
        self.0.lock().get(&family).map(|slot| slot.actor.clone())
    }

    /// Takes out the actors that no request waits for and that were last used before `oldest`.
    pub fn take_idle(&self, oldest: u32) -> Vec<Addr<FamilyActor>> {
        let mut slots = self.0.lock();
        let idle: Vec<_> = slots
            .extract_if(|_, slot| slot.waiting == 0 && slot.used < oldest)
            .map(|(_, slot)| slot.actor)
            .collect();
        if slots.len() * 4 < slots.capacity() {
            slots.shrink_to_fit();
        }
        idle
    }
}
