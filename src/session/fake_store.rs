//! A database in memory for tests of the actors: it keeps the real one's rules, and fails on demand.

mod world;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::port::FamilyStore;
use crate::clock::{Clock, Timestamp};
use crate::model::account::{Role, Roles, UserFacts};
use crate::model::family_key::RootKeyId;
use crate::model::session_family::{Rotated, SessionFamily};
use crate::store::StoreError;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{FamilyWrite, RenewalPurpose, Renewed, Rotation, WriteOutcome};

pub use world::{SetClock, shared};

/// What the next access meets.
pub enum Fault {
    /// An error, and nothing happened.
    Fail,
    /// A write is committed, and its answer is an error.
    FailAfterCommit,
    /// No answer, ever.
    Hang,
    /// The proof was spent before.
    ProofSpent,
    /// The write loses without a visible reason.
    Lose,
    /// Another node changes the family first.
    Race(Box<dyn FnOnce(&mut SessionFamily) + Send>),
    /// The write waits for this.
    Hold(oneshot::Receiver<()>),
}

/// See the module's description. Clones share their content.
#[derive(Clone, Default)]
pub struct FakeStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    families: HashMap<Uuid, LoadedFamily>,
    loads: usize,
    writes: Vec<FamilyWrite>,
    clock: Option<Arc<SetClock>>,
    load_faults: VecDeque<Fault>,
    write_faults: VecDeque<Fault>,
}

impl FakeStore {
    pub fn with(families: &[SessionFamily]) -> Self {
        let store = Self::default();
        for family in families {
            let user = UserFacts {
                id: family.user_id,
                email: "ada@example.com".to_owned(),
                roles: Roles::of(&[Role::User]),
                password_must_change: false,
                mfa_enrolled: false,
            };
            let family = family.clone();
            let device_hash = [1; 8];
            let loaded = LoadedFamily {
                email_verified: true,
                family,
                device_hash,
                user,
                display_name: Some("Ada".to_owned()),
                locale: None,
            };
            store.0.lock().families.insert(loaded.family.id, loaded);
        }
        store
    }

    /// What the database takes for its time.
    pub fn keep_time(&self, clock: Arc<SetClock>) {
        self.0.lock().clock = Some(clock);
    }

    pub fn next_load(&self, fault: Fault) {
        self.0.lock().load_faults.push_back(fault);
    }

    pub fn next_write(&self, fault: Fault) {
        self.0.lock().write_faults.push_back(fault);
    }

    pub fn loads(&self) -> usize {
        self.0.lock().loads
    }

    /// Writes that have yet to meet their fault.
    pub fn faults_to_come(&self) -> usize {
        self.0.lock().write_faults.len()
    }

    /// What was committed, in order.
    pub fn writes(&self) -> Vec<FamilyWrite> {
        self.0.lock().writes.clone()
    }

    /// Changes a row past the actors, as another node does.
    pub fn change(&self, id: Uuid, change: impl FnOnce(&mut LoadedFamily)) {
        let changed = self.0.lock().families.get_mut(&id).map(change);
        assert!(changed.is_some(), "there is no such family");
    }
}

impl State {
    fn commit(&mut self, write: FamilyWrite) -> WriteOutcome {
        let Some(row) = self.families.get_mut(&write.family_id()) else {
            return WriteOutcome::Lost;
        };
        if row.family.revoked.is_some() {
            return WriteOutcome::Lost;
        }
        let at = self.clock.as_ref().map_or_else(Timestamp::default, |clock| clock.now());
        let is_current = |rotation: &Rotation, family: &SessionFamily| {
            (rotation.spent_generation, rotation.auth_time) == (family.generation, family.auth_time)
        };
        let outcome = match &write {
            FamilyWrite::Rotate(rotation) if is_current(rotation, &row.family) => {
                row.family = row.family.rotated(&rotated(rotation, at));
                WriteOutcome::Rotated(row.user.clone(), at)
            }
            FamilyWrite::End(ending)
                if ending.generation.is_none_or(|generation| generation == row.family.generation) =>
            {
                row.family.revoked = Some(ending.reason);
                WriteOutcome::Ended
            }
            FamilyWrite::Renew(renewal)
                if is_current(&renewal.rotation, &row.family)
                    && renewal.credential_epoch == row.family.credential_epoch =>
            {
                let facts = rotated(&renewal.rotation, at);
                row.family = match &renewal.purpose {
                    RenewalPurpose::StepUp { amr, .. } => row.family.reauthenticated(&facts, *amr),
                    RenewalPurpose::PasswordChange(_) => row.family.rotated(&facts),
                };
                let (user, credential_epoch) = (row.user.clone(), row.family.credential_epoch);
                WriteOutcome::Renewed(Box::new(Renewed { user, at, credential_epoch, ended: Vec::new() }))
            }
            _ => return WriteOutcome::Lost,
        };
        self.writes.push(write);
        outcome
    }
}

fn rotated(rotation: &Rotation, at: Timestamp) -> Rotated {
    Rotated {
        key_id: RootKeyId(rotation.key_id),
        attempt: rotation.rotation_key_hash,
        at,
        idle_timeout: rotation.idle_timeout,
        access_life: rotation.access_life,
    }
}

fn failure<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("a test's fault".to_owned()))
}

impl FamilyStore for FakeStore {
    fn load(&self, id: Uuid) -> BoxFuture<'static, Result<Option<LoadedFamily>, StoreError>> {
        let mut state = self.0.lock();
        state.loads += 1;
        match state.load_faults.pop_front() {
            Some(Fault::Hang) => Box::pin(std::future::pending()),
            Some(_) => Box::pin(async { failure() }),
            None => {
                let found = state.families.get(&id).cloned();
                Box::pin(async { Ok(found) })
            }
        }
    }

    fn write(&self, write: FamilyWrite) -> BoxFuture<'static, Result<WriteOutcome, StoreError>> {
        let store = self.clone();
        let fault = store.0.lock().write_faults.pop_front();
        Box::pin(async move {
            match fault {
                Some(Fault::Fail) => return failure(),
                Some(Fault::Hang) => return std::future::pending().await,
                Some(Fault::ProofSpent) => return Ok(WriteOutcome::ProofSpent),
                Some(Fault::Lose) => return Ok(WriteOutcome::Lost),
                Some(Fault::FailAfterCommit) => {
                    store.0.lock().commit(write);
                    return failure();
                }
                Some(Fault::Race(change)) => store.change(write.family_id(), |row| change(&mut row.family)),
                Some(Fault::Hold(released)) => drop(released.await),
                None => {}
            }
            Ok(store.0.lock().commit(write))
        })
    }
}
