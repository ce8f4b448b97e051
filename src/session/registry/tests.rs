//! Which requests are let in.

mod lives;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Limits, Registry, SHARDS};
use crate::model::refresh_token::RefreshToken;
use crate::model::security_event::RequestContext;
use crate::model::session_family::fixture::{family, root_key};
use crate::model::session_family::{RequestFacts, SessionFamily};
use crate::session::fake_store::{FakeStore, Fault, SetClock, shared};
use crate::session::message::{Refresh, RefreshError};
use crate::session::threads::ActorThreads;

const LIMITS: Limits = Limits { waiting_per_family: 2, waiting: 3, passivate_after: Duration::ZERO };

/// The family whose actor panics: fail points are the process's, so no other test may use it.
const PANICKING: u128 = 3;

/// A registry over three families, with actors on a thread of their own.
struct Bench {
    store: FakeStore,
    registry: Arc<Registry>,
    threads: ActorThreads,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let families: Vec<SessionFamily> = (1..=PANICKING).map(numbered).collect();
        let store = FakeStore::with(&families);
        let shared = Arc::new(shared(&store, Arc::new(SetClock::at(1_100)), Duration::from_secs(30)));
        let threads = ActorThreads::start(1).unwrap();
        let registry = Arc::new(Registry::new(shared, limits, threads.handles()));
        Self { store, registry, threads }
    }

    /// A request whose write waits until the sender is used or dropped.
    async fn held(&self, number: u128) -> (oneshot::Sender<()>, tokio::task::JoinHandle<Answer>) {
        let (release, released) = oneshot::channel();
        self.store.next_write(Fault::Hold(released));
        let task = self.spawn(number, 5);
        until(|| self.store.faults_to_come() == 0).await;
        (release, task)
    }

    fn spawn(&self, number: u128, generation: u64) -> tokio::task::JoinHandle<Answer> {
        let registry = Arc::clone(&self.registry);
        tokio::spawn(async move { refresh(&registry, number, generation).await })
    }

    fn actors(&self) -> i64 {
        self.registry.shared.live.get()
    }

    fn waiting(&self) -> usize {
        self.registry.waiting.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn sweep_all(&self) {
        (0..SHARDS).for_each(|round| self.registry.sweep(round));
    }
}

type Answer = Result<u64, RefreshError>;

fn numbered(number: u128) -> SessionFamily {
    SessionFamily { id: Uuid::from_u128(number), ..family() }
}

async fn refresh(registry: &Registry, number: u128, generation: u64) -> Answer {
    let (root, family) = (root_key(), numbered(number));
    let request = Refresh {
        token: RefreshToken::derive(&root, &root.family_key(&family.salt), family.id, generation),
        facts: RequestFacts {
            arrived: Instant::now(),
            attempt: None,
            device_hash: [1; 8],
            transport: family.transport,
        },
        network: None,
        context: RequestContext::default(),
    };
    let refreshed = registry.refresh(request).await?;
    Ok(refreshed.family.generation)
}

/// Lets the other tasks and threads run until a condition holds; a test that waits for ever has failed.
async fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_waits_for_one_family_is_bounded() {
    let bench = Bench::new(LIMITS);
    let (release, first) = bench.held(1).await;
    let second = bench.spawn(1, 6);
    until(|| bench.waiting() == 2).await;
    assert_eq!(refresh(&bench.registry, 1, 5).await, Err(RefreshError::Busy));
    assert_eq!(refresh(&bench.registry, 2, 5).await, Ok(6), "others are not in its way");
    drop(release);
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(6), Ok(7)));
    assert_eq!(bench.waiting(), 0);
    assert_eq!(refresh(&bench.registry, 1, 7).await, Ok(8), "places are given back");
    bench.threads.stop();
}

#[tokio::test]
async fn what_waits_in_all_is_bounded() {
    let bench = Bench::new(Limits { waiting: 1, ..LIMITS });
    let (release, first) = bench.held(1).await;
    assert_eq!(refresh(&bench.registry, 2, 5).await, Err(RefreshError::Overloaded));
    drop(release);
    assert_eq!(first.await.unwrap(), Ok(6));
    assert_eq!(refresh(&bench.registry, 2, 5).await, Ok(6));
    bench.threads.stop();
}

#[tokio::test]
async fn a_request_that_is_given_up_gives_its_place_back() {
    let bench = Bench::new(LIMITS);
    let (release, first) = bench.held(1).await;
    first.abort();
    until(|| bench.waiting() == 0).await;
    drop(release);
    assert_eq!(refresh(&bench.registry, 1, 6).await, Ok(7), "its work was done all the same");
    bench.threads.stop();
}
