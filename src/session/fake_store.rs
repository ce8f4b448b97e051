//! A database in memory for tests of the actors: it keeps the real one's rules, and fails on demand.

mod world;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::port::{Answer, FamilyStore};
use crate::clock::{Clock, Timestamp};
use crate::model::account::{Role, Roles, UserFacts};
use crate::model::revocation::RevokeReason;
use crate::model::session_family::SessionFamily;
use crate::store::StoreError;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{
    Authority, FamilyRevocation, Renewal, RenewalOutcome, RenewalPurpose, Renewed, RevocationOutcome,
    RevocationRefusal, Rotated, Rotation, RotationOutcome,
};

pub use world::{SetClock, shared};

/// What the next access meets.
pub enum Fault {
    /// An error, and nothing happened.
    Fail,
    /// A write is committed, and its answer is an error.
    FailAfterCommit,
    /// No answer, ever.
    Hang,
    /// The reauthentication was spent before.
    ReauthenticationSpent,
    /// The write is overtaken without a visible reason.
    Overtake,
    /// Another node changes the family first.
    Race(Box<dyn FnOnce(&mut SessionFamily) + Send>),
    /// The write waits for this.
    Hold(oneshot::Receiver<()>),
}

/// A write that was committed.
#[derive(Clone, Debug)]
pub enum Write {
    Rotation(Rotation),
    Renewal(Box<Renewal>),
    Revocation(FamilyRevocation),
}

/// The database of a test. Clones share their content.
#[derive(Clone, Default)]
pub struct FakeStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    families: HashMap<Uuid, LoadedFamily>,
    loads: usize,
    contradictions: usize,
    writes: Vec<Write>,
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
                time_zone: None,
            };
            store.0.lock().families.insert(loaded.family.id, loaded);
        }
        store
    }

    /// The clock that the database goes by.
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

    pub fn contradictions(&self) -> usize {
        self.0.lock().contradictions
    }

    /// Writes that have yet to meet their fault.
    pub fn faults_to_come(&self) -> usize {
        self.0.lock().write_faults.len()
    }

    /// What was committed, in order.
    pub fn writes(&self) -> Vec<Write> {
        self.0.lock().writes.clone()
    }

    /// The row as it is; `None` if there is none.
    pub fn row(&self, id: Uuid) -> Option<LoadedFamily> {
        self.0.lock().families.get(&id).cloned()
    }

    /// Changes a row past the actors, as another node does.
    pub fn change(&self, id: Uuid, change: impl FnOnce(&mut LoadedFamily)) {
        let changed = self.0.lock().families.get_mut(&id).map(change);
        assert!(changed.is_some(), "there is no such family");
    }
}

impl State {
    /// The family that a write is to change; `None` if it is gone or was revoked.
    fn live(&mut self, id: Uuid) -> Option<&mut LoadedFamily> {
        self.families.get_mut(&id).filter(|row| row.family.revoked.is_none())
    }

    /// The family that can be revoked; `None` if it is gone, or its row has a reason already. Credentials that have moved on
    /// leave none there.
    fn revocable(&mut self, id: Uuid) -> Option<&mut LoadedFamily> {
        let leaves_none = |reason| reason == RevokeReason::CredentialsChanged;
        self.families.get_mut(&id).filter(|row| row.family.revoked.is_none_or(leaves_none))
    }

    fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or_else(Timestamp::default, |clock| clock.now())
    }

    fn rotate(&mut self, rotation: Rotation) -> RotationOutcome {
        let at = self.now();
        let Some(row) = self.live(rotation.family_id).filter(|row| is_current(&rotation, &row.family)) else {
            return RotationOutcome::Overtaken;
        };
        row.family = presented(&rotation, &row.family).rotated(&rotation.next, at);
        let user = row.user.clone();
        self.writes.push(Write::Rotation(rotation));
        RotationOutcome::Rotated(Rotated { user, at })
    }

    fn renew(&mut self, renewal: Renewal) -> RenewalOutcome {
        let at = self.now();
        let rotation = &renewal.rotation;
        let is_expected = |row: &&mut LoadedFamily| {
            is_current(rotation, &row.family) && renewal.credential_epoch == row.family.credential_epoch
        };
        let Some(row) = self.live(rotation.family_id).filter(is_expected) else {
            return RenewalOutcome::Overtaken;
        };
        let family = presented(rotation, &row.family);
        row.family = match &renewal.purpose {
            RenewalPurpose::StepUp(methods) => family.reauthenticated(&rotation.next, at, *methods),
            RenewalPurpose::PasswordChange(change) => SessionFamily {
                credential_epoch: family.credential_epoch + i64::from(change.revocation.advance_epoch),
                ..family.rotated(&rotation.next, at)
            },
        };
        let (user, credential_epoch) = (row.user.clone(), row.family.credential_epoch);
        self.writes.push(Write::Renewal(Box::new(renewal)));
        RenewalOutcome::Renewed(Box::new(Renewed { user, at, credential_epoch, revoked: Vec::new() }))
    }

    fn revoke(&mut self, revocation: FamilyRevocation) -> RevocationOutcome {
        let is_expected = |row: &&mut LoadedFamily| {
            revocation.generation.is_none_or(|generation| generation == row.family.generation)
        };
        let Some(row) = self.revocable(revocation.family_id).filter(is_expected) else {
            return RevocationOutcome::Overtaken;
        };
        row.family.revoked = Some(revocation.reason);
        self.writes.push(Write::Revocation(revocation));
        RevocationOutcome::Revoked
    }
}

impl FakeStore {
    /// A write that meets its fault. `of_fault` gives the outcome of faults that are outcomes of this write.
    fn write<T: Send + 'static>(
        &self,
        family: Uuid,
        of_fault: impl FnOnce(&Fault) -> Option<T> + Send + 'static,
        commit: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Answer<T> {
        let store = self.clone();
        let fault = store.0.lock().write_faults.pop_front();
        Box::pin(async move {
            if let Some(outcome) = fault.as_ref().and_then(of_fault) {
                return Ok(outcome);
            }
            match fault {
                Some(Fault::Fail | Fault::Overtake | Fault::ReauthenticationSpent) => return failure(),
                Some(Fault::Hang) => return std::future::pending().await,
                Some(Fault::FailAfterCommit) => {
                    commit(&mut store.0.lock());
                    return failure();
                }
                Some(Fault::Race(change)) => store.change(family, |row| change(&mut row.family)),
                Some(Fault::Hold(released)) => drop(released.await),
                None => {}
            }
            Ok(commit(&mut store.0.lock()))
        })
    }
}

fn is_current(rotation: &Rotation, family: &SessionFamily) -> bool {
    (rotation.stored_generation, rotation.auth_time) == (family.generation, family.auth_time)
}

/// The family as of the token that is spent, which is ahead of the row if that was set back.
fn presented(rotation: &Rotation, family: &SessionFamily) -> SessionFamily {
    SessionFamily { generation: rotation.spent_generation, ..family.clone() }
}

fn failure<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("a test's fault".to_owned()))
}

impl FamilyStore for FakeStore {
    fn load(&self, id: Uuid) -> Answer<Option<LoadedFamily>> {
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

    fn rotate(&self, rotation: Rotation) -> Answer<RotationOutcome> {
        let overtaken =
            |fault: &Fault| matches!(fault, Fault::Overtake).then_some(RotationOutcome::Overtaken);
        self.write(rotation.family_id, overtaken, |state| state.rotate(rotation))
    }

    fn renew(&self, renewal: Renewal) -> Answer<RenewalOutcome> {
        let of_fault = |fault: &Fault| match fault {
            Fault::Overtake => Some(RenewalOutcome::Overtaken),
            Fault::ReauthenticationSpent => Some(RenewalOutcome::ReauthenticationSpent),
            _ => None,
        };
        self.write(renewal.rotation.family_id, of_fault, |state| state.renew(renewal))
    }

    fn revoke(&self, revocation: FamilyRevocation) -> Answer<RevocationOutcome> {
        let overtaken =
            |fault: &Fault| matches!(fault, Fault::Overtake).then_some(RevocationOutcome::Overtaken);
        self.write(revocation.family_id, overtaken, |state| state.revoke(revocation))
    }

    /// The authority holds if the acting session, where there is one, is live.
    fn revoke_for(
        &self,
        authority: Authority,
        revocation: FamilyRevocation,
    ) -> Answer<Result<RevocationOutcome, RevocationRefusal>> {
        let overtaken =
            |fault: &Fault| matches!(fault, Fault::Overtake).then_some(Ok(RevocationOutcome::Overtaken));
        self.write(revocation.family_id, overtaken, move |state| {
            let acting = match authority {
                Authority::Owner(session) => Some(session),
                Authority::Administration { acting_session, .. } => acting_session,
            };
            if acting.is_some_and(|session| state.live(session.session_id).is_none()) {
                return Err(RevocationRefusal::ActingSessionRevoked);
            }
            Ok(state.revoke(revocation))
        })
    }

    fn note_contradiction(&self) {
        self.0.lock().contradictions += 1;
    }
}
