//! The nodes, their database, and what may happen to them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex as Lock;
use tokio::sync::Mutex;
use tokio::task::yield_now;
use uuid::Uuid;

use super::invariants::{Ledger, Presentation};
use super::people::{Client, Thief, Token};
use super::random::Random;
use super::{Answers, Flaw, Setup};
use crate::model::idempotency::AttemptKey;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::RequestContext;
use crate::model::session_family::fixture::{family, token};
use crate::model::session_family::{RequestFacts, SessionFamily};
use crate::session::core::FamilyCore;
use crate::session::fake_store::{FakeStore, Fault, SetClock, shared};
use crate::session::message::{Refresh, RefreshError, Refreshed, Revoke};
use crate::session::port::{Answer, FamilyStore};
use crate::session::revocation::RevocationIndex;
use crate::store::session::family::LoadedFamily;
use crate::store::session::family_write::{
    Authority, FamilyRevocation, Renewal, RenewalOutcome, RevocationOutcome, RevocationRefusal, Rotation,
    RotationOutcome,
};

const NODES: usize = 3;
/// How many of the last states a failover may fall back to.
const REMEMBERED: usize = 6;
const BEGINNING: i64 = 1_100;
/// Within a race, at its edge, and longer than a retry is answered.
const PAUSES: [i64; 6] = [0, 1, 5, 11, 60, 300];
/// How many seconds the clock of a node may be ahead of the database's.
const OFFSETS: [i64; 5] = [-300, -61, 0, 61, 300];
const PATIENCE: Duration = Duration::from_secs(5);

pub struct World {
    setup: Setup,
    random: Random,
    now: i64,
    /// That of the database.
    clock: Arc<SetClock>,
    /// How far that of each node is ahead of it.
    offsets: [i64; NODES],
    store: FakeStore,
    nodes: Vec<Node>,
    client: Client,
    thief: Thief,
    ledger: Ledger,
    /// The row after each of the last steps.
    past: Vec<SessionFamily>,
}

struct Node {
    core: Mutex<FamilyCore>,
    index: Arc<RevocationIndex>,
    clock: Arc<SetClock>,
}

/// The database as one node reaches it: answers take their time, so that requests at several nodes overlap.
struct Connection {
    store: FakeStore,
    random: Arc<Lock<Random>>,
    flaw: Flaw,
}

impl Connection {
    fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&FakeStore) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let store = self.store.clone();
        let [before, behind] = [0, 1].map(|_| self.random.lock().below(4));
        Box::pin(async move {
            for _ in 0..before {
                yield_now().await;
            }
            let answer = work(&store).await;
            for _ in 0..behind {
                yield_now().await;
            }
            answer
        })
    }
}

impl FamilyStore for Connection {
    fn load(&self, id: Uuid) -> Answer<Option<LoadedFamily>> {
        self.slowly(move |store| store.load(id))
    }

    fn rotate(&self, rotation: Rotation) -> Answer<RotationOutcome> {
        let flaw = self.flaw;
        self.slowly(move |store| {
            if flaw == Flaw::NoComparison {
                store.change(rotation.family_id, |row| row.family.generation = rotation.stored_generation);
            }
            store.rotate(rotation)
        })
    }

    fn renew(&self, renewal: Renewal) -> Answer<RenewalOutcome> {
        self.slowly(move |store| store.renew(renewal))
    }

    fn revoke(&self, revocation: FamilyRevocation) -> Answer<RevocationOutcome> {
        self.slowly(move |store| store.revoke(revocation))
    }

    fn revoke_for(
        &self,
        authority: Authority,
        revocation: FamilyRevocation,
    ) -> Answer<Result<RevocationOutcome, RevocationRefusal>> {
        self.slowly(move |store| store.revoke_for(authority, revocation))
    }

    fn note_contradiction(&self) {
        self.store.note_contradiction();
    }
}

impl World {
    pub fn new(seed: u64, setup: Setup) -> Self {
        let mut random = Random::of(seed);
        let store = FakeStore::with(&[family()]);
        let clock = Arc::new(SetClock::at(BEGINNING));
        let client = Client::new(setup.names_attempts, family().generation, &mut random);
        let offsets = [(); NODES].map(|()| if setup.clocks_differ { random.one_of(&OFFSETS) } else { 0 });
        let mut world = Self {
            setup,
            random,
            now: BEGINNING,
            clock,
            offsets,
            store,
            nodes: Vec::new(),
            client,
            thief: Thief::default(),
            ledger: Ledger::default(),
            past: vec![family()],
        };
        for number in 0..NODES {
            let node = world.start_node(number);
            world.nodes.push(node);
        }
        world
    }

    /// A node that has read the revocation log.
    fn start_node(&mut self, number: usize) -> Node {
        let clock = Arc::new(SetClock::at(self.now + self.offsets[number]));
        let mut shared = shared(&self.store, Arc::clone(&clock), PATIENCE);
        self.store.keep_time(Arc::clone(&self.clock));
        shared.tolerance.regressed = self.setup.regressed;
        let random = Arc::new(Lock::new(Random::of(self.random.below(usize::MAX) as u64)));
        shared.store = Arc::new(Connection { store: self.store.clone(), random, flaw: self.setup.flaw });
        let index = Arc::clone(&shared.index);
        if self.row().revoked.is_some() {
            index.insert(family().id, family().rotated_at);
        }
        Node { core: Mutex::new(FamilyCore::new(family().id, Arc::new(shared))), index, clock }
    }

    pub fn row(&self) -> SessionFamily {
        self.store.row(family().id).unwrap().family
    }

    pub fn check(&self) -> Result<(), String> {
        self.ledger.check(&self.row(), &self.client, &self.thief)
    }

    pub fn answers(self) -> Answers {
        self.ledger.answers
    }

    /// Lets something happen, and says what.
    pub async fn step(&mut self) -> Result<&'static str, String> {
        let event = match self.random.below(20) {
            0..=5 => self.refresh(1).await.map(|()| "a refresh"),
            6 | 7 => self.refresh(2).await.map(|()| "two refreshes at once"),
            8 => Ok(self.copy()),
            9 | 10 => self.use_copy(false).await.map(|()| "a theft"),
            11 => self.use_copy(true).await.map(|()| "a theft beside a refresh"),
            12 => Ok(self.crash()),
            13 | 14 => Ok(self.break_a_write()),
            15 if self.random.once_in(3) => Ok(self.fail_over()),
            16 if self.random.once_in(4) => Ok(self.log_out().await),
            17 => Ok(self.tell_of_revocations()),
            _ => Ok(self.wait()),
        };
        self.past.push(self.row());
        let first = self.past.len().saturating_sub(REMEMBERED);
        self.past.drain(..first);
        self.ledger.note_writes(&self.store.writes());
        event
    }

    fn wait(&mut self) -> &'static str {
        self.now += self.random.one_of(&PAUSES);
        self.clock.set(self.now);
        for (node, offset) in self.nodes.iter().zip(self.offsets) {
            node.clock.set(self.now + offset);
        }
        "some time"
    }

    fn copy(&mut self) -> &'static str {
        self.thief.copy(&self.client, &mut self.random);
        "a copy"
    }

    fn crash(&mut self) -> &'static str {
        let node = self.random.below(NODES);
        self.nodes[node] = self.start_node(node);
        "a crash"
    }

    fn break_a_write(&mut self) -> &'static str {
        self.store.next_write(if self.random.once_in(2) { Fault::Fail } else { Fault::FailAfterCommit });
        self.ledger.may_lose_answers = true;
        "a fault to come"
    }

    /// The last commits are lost. The nodes keep what they remember, and write back what they know to be revoked.
    fn fail_over(&mut self) -> &'static str {
        let back = self.random.below(self.past.len());
        let earlier = self.past[back].clone();
        self.store.change(family().id, |row| row.family = earlier);
        let is_known = self.nodes.iter().any(|node| node.index.contains(family().id));
        if is_known && self.setup.flaw != Flaw::NoWritingBack {
            self.store.change(family().id, |row| {
                row.family.revoked.get_or_insert(RevokeReason::Regressed);
            });
        }
        self.ledger.lose_commits(self.store.writes().len());
        self.past = vec![self.row()];
        "a failover"
    }

    async fn log_out(&mut self) -> &'static str {
        let node = self.random.below(NODES);
        let request = Revoke {
            token: None,
            reason: RevokeReason::Logout,
            principal_id: Some(family().user_id),
            context: RequestContext::default(),
        };
        self.ledger.has_logged_out = true;
        let outcome = self.nodes[node].core.lock().await.revoke(&request).await;
        self.ledger.is_revocation_acknowledged |= outcome.is_ok();
        "a logout"
    }

    /// A node reads the log; the others may be behind.
    fn tell_of_revocations(&mut self) -> &'static str {
        let node = self.random.below(NODES);
        if self.row().revoked.is_some() {
            self.nodes[node].index.insert(family().id, family().rotated_at);
        }
        "a reading of the log"
    }

    /// The client refreshes, from so many tabs at once.
    async fn refresh(&mut self, tabs: usize) -> Result<(), String> {
        let presentations: Vec<Presentation> =
            (0..tabs).map(|_| Presentation { token: self.client.token, by_thief: false }).collect();
        self.present(&presentations).await
    }

    async fn use_copy(&mut self, beside_the_client: bool) -> Result<(), String> {
        let Some(token) = self.thief.token else { return Ok(()) };
        self.thief.has_acted = true;
        let mut presentations = vec![Presentation { token, by_thief: true }];
        if beside_the_client {
            presentations.push(Presentation { token: self.client.token, by_thief: false });
        }
        self.present(&presentations).await
    }

    /// At nodes of their own choice, at the same time.
    async fn present(&mut self, presentations: &[Presentation]) -> Result<(), String> {
        let generation = self.row().generation;
        let nodes: Vec<usize> = presentations.iter().map(|_| self.random.below(NODES)).collect();
        let requests = presentations.iter().zip(nodes).map(|(presentation, node)| {
            let core = &self.nodes[node].core;
            async move { core.lock().await.refresh(&request(presentation.token)).await }
        });
        let outcomes = join_all(requests).await;
        self.ledger.note_writes(&self.store.writes());
        for (presentation, outcome) in presentations.iter().zip(outcomes) {
            self.ledger.note_answer(presentation, &outcome, generation, &self.row())?;
            self.deliver(presentation, &outcome);
        }
        Ok(())
    }

    /// One answer in five is lost on its way.
    fn deliver(&mut self, presentation: &Presentation, outcome: &Result<Refreshed, RefreshError>) {
        if self.random.once_in(5) {
            self.ledger.may_lose_answers = true;
            return;
        }
        if let Ok(refreshed) = outcome {
            self.hand_over(presentation, refreshed.family.generation);
        }
    }

    fn hand_over(&mut self, presentation: &Presentation, generation: u64) {
        self.ledger.acknowledged = self.ledger.acknowledged.max(generation);
        if presentation.by_thief {
            self.thief.token = Some(Token { generation, name: None });
        } else if generation > self.client.token.generation {
            self.client.keep(generation, &mut self.random);
        }
    }
}

fn request(presented: Token) -> Refresh {
    let attempt = presented.name.map(|name| AttemptKey::of(format!("{name:032}").as_bytes()).unwrap());
    Refresh {
        token: token(&family(), presented.generation),
        facts: RequestFacts {
            arrived: Instant::now(),
            attempt,
            device_hash: [1; 8],
            transport: family().transport,
        },
        network: None,
        context: RequestContext::default(),
    }
}
