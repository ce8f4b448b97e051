//! Group commit over a real database.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use tempfile::TempDir;

use super::*;
use crate::clock::{SystemClock, Timestamp};
use crate::config::Config;
use crate::model::account::{Role, Roles};
use crate::model::device::Device;
use crate::model::email::Email;
use crate::model::family_key::RootKeyId;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::session_family::fixture::family;
use crate::model::session_family::{NextGeneration, SessionFamily};
use crate::model::transport::Transport;
use crate::store::account::NewAccount;
use crate::store::session::family_write::{RevocationOutcome, RotationOutcome};
use crate::store::session::login::{AuthenticatedLogin, LoginClient, NewFamily, SecondFactorUse};
use crate::store::{Effects, LoginPlace};

/// A journal over a database with some families of one user.
struct Bench {
    store: Arc<Store>,
    journal: Journal,
    task: JournalTask,
    metrics: Metrics,
    _folder: TempDir,
}

impl Bench {
    async fn new(families: u128) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        let environment = [("KINDRED_DATABASE__URL".to_owned(), url)];
        let config = Config::from_sources(None, environment).unwrap();
        let metrics = Metrics::new().unwrap();
        let store =
            Arc::new(Store::connect(&config.database, metrics.clone(), Arc::new(SystemClock)).await.unwrap());
        store.migrate_up().await.unwrap();
        store.create_account(&user(), &effects()).await.unwrap();
        for number in 1..=families {
            open_family(&store, number).await;
        }
        let (journal, task) = Journal::start(&store, &metrics);
        Self { store, journal, task, metrics, _folder: folder }
    }

    async fn generation(&self, number: u128) -> u64 {
        let loaded = self.store.load_family(id(number)).await.unwrap().unwrap();
        loaded.family.generation
    }

    /// How many batches were committed, and how many changes were in them.
    fn batches(&self) -> (u64, f64) {
        let sizes = &self.metrics.journal_batch_size;
        (sizes.get_sample_count(), sizes.get_sample_sum())
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn event(kind: EventKind) -> SecurityEvent {
    let event_id = crate::entropy::uuid_v7(&crate::entropy::OsEntropy, Timestamp::default());
    SecurityEvent::new(event_id, kind, RequestContext::default(), Timestamp::default())
}

fn effects() -> Effects {
    Effects::of(event(EventKind::LoginSucceeded))
}

fn user() -> NewAccount {
    NewAccount {
        id: family().user_id,
        email: Email::parse("ada@example.com").unwrap(),
        external_id: None,
        display_name: None,
        locale: None,
        roles: Roles::of(&[Role::User]),
        email_verified: false,
        password_must_change: false,
        password_hash: Some("none".to_owned()),
        at: Timestamp::default(),
    }
}

async fn open_family(store: &Store, number: u128) {
    let login = AuthenticatedLogin {
        account: &store.account_by_id(family().user_id).await.unwrap().unwrap(),
        amr: family().amr,
        client: LoginClient {
            device: Device::default(),
            device_token: None,
            replaces: None,
            transport: Transport::Bearer,
            remembered: true,
            time_zone: None,
            network: None,
            context: RequestContext::default(),
        },
        attempt: None,
        second_factor: SecondFactorUse::default(),
        known_device: id(0),
        federated: None,
    };
    let new = NewFamily {
        family: SessionFamily { id: id(number), ..family() },
        current_jti: id(0),
        max_per_user: 1_000,
        login: &login,
        place: &LoginPlace::default(),
    };
    store.open_family(&new, |_| Ok(effects())).await.unwrap();
}

fn rotation(number: u128, spent_generation: u64) -> Rotation {
    Rotation {
        family_id: id(number),
        spent_generation,
        stored_generation: spent_generation,
        auth_time: family().auth_time,
        next: NextGeneration {
            key_id: RootKeyId(1),
            rotation_key_hash: None,
            idle_timeout: Duration::from_secs(1_000),
            access_life: Duration::from_secs(600),
        },
        jti: id(9),
        network: None,
        location: None,
    }
}

fn revocation(number: u128) -> FamilyRevocation {
    FamilyRevocation {
        family_id: id(number),
        generation: None,
        reason: RevokeReason::Logout,
        at: Timestamp::from_unix_seconds(1_100),
        reused_jti: None,
        logged_out: None,
        effects: Effects::of(event(EventKind::SessionEnded)),
    }
}

fn rotated(outcome: &Result<RotationOutcome, StoreError>) -> bool {
    matches!(outcome, Ok(RotationOutcome::Rotated(_)))
}

#[tokio::test]
async fn what_has_queued_is_one_commit() {
    let bench = Bench::new(40).await;
    let commits = (1..=40).map(|number| bench.journal.rotations.commit(rotation(number, 5)));
    assert!(join_all(commits).await.iter().all(rotated));
    assert_eq!(bench.batches(), (1, 40.0));
    assert_eq!(bench.metrics.journal_queue_depth.get(), 0);
}

#[tokio::test]
async fn an_idle_journal_does_not_wait() {
    let bench = Bench::new(1).await;
    assert!(rotated(&bench.journal.rotations.commit(rotation(1, 5)).await));
    assert!(rotated(&bench.journal.rotations.commit(rotation(1, 6)).await));
    assert_eq!(bench.batches(), (2, 2.0));
}

#[tokio::test]
async fn a_family_changes_once_in_a_batch_and_in_order() {
    let bench = Bench::new(2).await;
    let changes = [rotation(1, 5), rotation(1, 6), rotation(2, 5), rotation(1, 7)];
    let outcomes = join_all(changes.map(|change| bench.journal.rotations.commit(change))).await;
    assert!(outcomes.iter().all(rotated), "{outcomes:?}");
    assert_eq!((bench.generation(1).await, bench.generation(2).await), (8, 6));
    assert_eq!(bench.batches(), (3, 4.0));
}

#[tokio::test]
async fn rotations_and_revocations_are_two_commits() {
    let bench = Bench::new(3).await;
    let outcomes = tokio::join!(
        bench.journal.rotations.commit(rotation(1, 5)),
        bench.journal.revocations.commit(revocation(2)),
        bench.journal.rotations.commit(rotation(3, 5)),
    );
    assert!(rotated(&outcomes.0) && rotated(&outcomes.2), "{outcomes:?}");
    assert!(matches!(outcomes.1, Ok(RevocationOutcome::Revoked)), "{outcomes:?}");
    assert_eq!((bench.generation(1).await, bench.generation(2).await, bench.generation(3).await), (6, 5, 6));
    assert_eq!(bench.batches(), (2, 3.0));
}

#[tokio::test]
async fn many_revocations_do_not_hold_up_a_rotation() {
    let most = FamilyRevocation::MOST;
    let families = 4 * most as u128;
    let bench = Bench::new(families + 1).await;
    let revocations =
        join_all((1..=families).map(|number| bench.journal.revocations.commit(revocation(number))));
    let rotation = async {
        let outcome = bench.journal.rotations.commit(rotation(families + 1, 5)).await;
        (outcome, bench.batches().1)
    };
    let (revocations, (rotation, before)) = tokio::join!(revocations, rotation);
    let revoked = |outcome: &Result<RevocationOutcome, _>| matches!(outcome, Ok(RevocationOutcome::Revoked));
    assert!(revocations.iter().all(revoked), "{revocations:?}");
    assert!(rotated(&rotation));
    // SQLite has one connection that writes: the batch that has it is waited for, and the next may have begun.
    assert!(before <= 2.0 * most as f64 + 1.0, "{before} writes were committed or under way before");
}

#[tokio::test]
async fn of_two_with_the_same_expectation_one_loses() {
    let bench = Bench::new(1).await;
    let twins = [rotation(1, 5), rotation(1, 5)];
    let outcomes = join_all(twins.map(|change| bench.journal.rotations.commit(change))).await;
    assert!(rotated(&outcomes[0]), "{outcomes:?}");
    assert!(matches!(outcomes[1], Ok(RotationOutcome::Overtaken)), "{outcomes:?}");
    assert_eq!(bench.generation(1).await, 6);
}

#[tokio::test]
async fn a_caller_that_gives_up_in_time_has_changed_nothing() {
    let bench = Bench::new(2).await;
    let mut withdrawn = Box::pin(bench.journal.rotations.commit(rotation(1, 5)));
    assert!(poll!(withdrawn.as_mut()).is_pending());
    drop(withdrawn);
    assert!(rotated(&bench.journal.rotations.commit(rotation(2, 5)).await));
    assert_eq!((bench.generation(1).await, bench.generation(2).await), (5, 6));
    assert_eq!(bench.batches(), (1, 1.0));
    assert_eq!(bench.metrics.journal_queue_depth.get(), 0);
}

#[tokio::test]
async fn a_flush_commits_what_is_queued_and_takes_no_more() {
    let bench = Bench::new(3).await;
    let mut queued: Vec<_> = [rotation(1, 5), rotation(1, 6), rotation(2, 5)]
        .map(|change| Box::pin(bench.journal.rotations.commit(change)))
        .into();
    for commit in &mut queued {
        assert!(poll!(commit.as_mut()).is_pending());
    }
    bench.task.flush().await;
    assert!(join_all(queued).await.iter().all(rotated));
    let late = bench.journal.rotations.commit(rotation(3, 5)).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    let generation =
        async |number| bench.store.load_family(id(number)).await.unwrap().unwrap().family.generation;
    assert_eq!((generation(1).await, generation(2).await, generation(3).await), (7, 6, 5));
}
