//! What each decision writes, and what it answers.

use uuid::Uuid;

use super::*;
use crate::clock::Clock;
use crate::model::access_token::jti_uuid;
use crate::model::account::{Role, Roles};
use crate::model::session_family::ReuseClass;
use crate::model::session_family::fixture::root_key;
use crate::session::fake_store::Write;

#[tokio::test]
async fn the_live_token_is_spent_in_one_write() {
    let mut bench = Bench::new();
    let refreshed = bench.refresh_named(5, "a").await.unwrap();
    assert_eq!((refreshed.family.generation, refreshed.outcome), (6, RefreshOutcome::Rotated));
    let writes = bench.store.writes();
    let [Write::Rotation(rotation)] = writes.as_slice() else { panic!("{writes:?}") };
    let family_key = root_key().family_key(&family().salt);
    assert_eq!(rotation.spent_generation, 5);
    assert_eq!(rotation.jti, jti_uuid(family_key.jti(6)));
    assert_eq!(rotation.next.rotation_key_hash, Some(key("a").hash));
    let lives = Duration::from_secs(570)..=Duration::from_secs(630);
    assert!(
        lives.contains(&rotation.next.access_life)
            && rotation.next.idle_timeout == Duration::from_secs(1_000)
    );
    assert_eq!(rotation.network.as_deref(), Some("192.0.2.0/24"));
}

#[tokio::test]
async fn what_was_committed_is_remembered() {
    let mut bench = Bench::new();
    for generation in 5..9 {
        bench.refresh(generation).await.unwrap();
    }
    assert_eq!((bench.store.loads(), bench.remembers()), (1, Some(9)));
}

#[tokio::test]
async fn an_invalid_token_never_writes() {
    let stranger = SessionFamily { salt: [8; 16], ..family() };
    let mut bench = Bench::of(&[stranger]);
    for generation in [0, 4, 5, 6, u64::MAX] {
        assert_eq!(bench.refresh(generation).await.unwrap_err(), RefreshError::Invalid);
    }
    assert!(bench.store.writes().is_empty() && !bench.is_revoked_here());
}

#[tokio::test]
async fn a_token_of_an_unknown_family_is_invalid_and_looked_for_again() {
    let mut bench = Bench::of(&[]);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Invalid);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Invalid);
    assert_eq!((bench.store.loads(), bench.store.writes().len()), (2, 0));
}

#[tokio::test]
async fn a_revoked_family_stays_revoked_without_a_write() {
    let revoked = Some(RevokeReason::Logout);
    let mut bench = Bench::of(&[SessionFamily { revoked, ..family() }]);
    for generation in [4, 5, 6] {
        let error = bench.refresh(generation).await.unwrap_err();
        assert_eq!(error, RefreshError::Revoked(RevokeReason::Logout));
    }
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn an_expired_family_stays_expired_when_the_clock_is_set_back() {
    let mut bench = Bench::new();
    for time in [2_000, 1_100, 2_001] {
        bench.clock.set(time);
        assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Expired, "at {time}");
    }
    bench.core.forget();
    bench.clock.set(1_100);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Expired, "from the database");
    assert_eq!(bench.store.writes().len(), 1, "it is written down once");
}

#[tokio::test]
async fn a_named_retry_gets_the_same_successor_and_the_user_of_today() {
    let mut bench = Bench::new();
    let first = bench.refresh_named(5, "a").await.unwrap();
    let admin = Roles::of(&[Role::Admin]);
    bench.store.change(family().id, |row| row.user.roles = admin);
    bench.clock.set(1_101);
    let again = bench.refresh_named(5, "a").await.unwrap();
    assert_eq!(again.outcome, RefreshOutcome::Retried);
    assert_eq!(again.family, first.family);
    assert_eq!(again.user.roles, admin);
    assert_eq!(bench.store.writes().len(), 1);
}

#[tokio::test]
async fn a_retry_does_not_outlive_the_family() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    let logout = Some(RevokeReason::LogoutAll);
    bench.store.change(family().id, |row| row.family.revoked = logout);
    let error = bench.refresh_named(5, "a").await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::LogoutAll));
}

#[tokio::test]
async fn a_request_that_was_under_way_changes_nothing() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.clock.set(1_107);
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::InFlight { retry_until: 3 });
    assert_eq!(bench.store.writes().len(), 1);
    assert!(bench.refresh(6).await.is_ok(), "the family goes on");
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::InFlight { retry_until: 10 });
}

/// However long it has waited for its turn.
#[tokio::test]
async fn a_request_counts_from_its_arrival() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.clock.set(1_120);
    let mut waited = bench.request(5, None);
    waited.facts.arrived = Instant::now().checked_sub(Duration::from_secs(15)).unwrap();
    let error = bench.core.refresh(&waited).await.unwrap_err();
    assert_eq!(error, RefreshError::InFlight { retry_until: 1 });
    assert_eq!(bench.store.writes().len(), 1, "only the rotation");
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unconfirmed, "one that arrives now");
}

#[tokio::test]
async fn an_acknowledgement_is_of_one_generation() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    for other in [5, 7] {
        bench.core.acknowledge(other);
        assert!(!bench.core.snapshot().acknowledged);
    }
    bench.core.acknowledge(6);
    assert!(bench.core.snapshot().acknowledged);
    bench.refresh(6).await.unwrap();
    assert!(!bench.core.snapshot().acknowledged, "the next one is news");
}

#[tokio::test]
async fn reuse_tells_whether_the_successor_was_seen() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.core.acknowledge(6);
    bench.clock.set(1_111);
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Reused(ReuseClass::PreviousAcknowledged));
}

#[tokio::test]
async fn every_event_has_an_id_of_its_own() {
    let events: Vec<Uuid> = futures_util::future::join_all((0..3).map(|_| async {
        let mut bench = Bench::new();
        bench.log_out(None).await.unwrap();
        match bench.store.writes().as_slice() {
            [Write::Revocation(revocation)] => revocation.effects.events[0].id,
            writes => panic!("{writes:?}"),
        }
    }))
    .await;
    assert!(events[0] != events[1] && events[1] != events[2]);
}

#[tokio::test]
async fn the_live_token_under_its_own_rotation_s_key_gives_the_same_tokens() {
    let mut bench = Bench::new();
    let first = bench.refresh_named(5, "a").await.unwrap();
    let again = bench.refresh_named(6, "a").await.unwrap();
    assert_eq!((again.outcome, &again.family), (RefreshOutcome::Unchanged, &first.family));
    assert_eq!(bench.store.writes().len(), 1);
    bench.clock.set(1_111);
    let next = bench.refresh_named(6, "a").await.unwrap();
    assert_eq!((next.outcome, next.family.generation), (RefreshOutcome::Rotated, 7));
}

#[tokio::test]
async fn the_same_answer_is_given_ten_times_a_minute() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    for turn in 0..10 {
        // A retry and an unchanged answer are one allowance.
        let generation = if turn % 2 == 0 { 5 } else { 6 };
        assert!(bench.refresh_named(generation, "a").await.is_ok(), "{turn}");
    }
    bench.core.forget();
    let error = bench.refresh_named(5, "a").await.unwrap_err();
    assert_eq!(error, RefreshError::TooManyRetries { retry_after: 61 });
    assert!(!bench.is_revoked_here());
    bench.clock.set(1_160);
    assert!(bench.refresh_named(5, "a").await.is_ok());
}

#[tokio::test]
async fn what_the_index_names_is_refused_although_the_row_was_set_back() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.shared.index.insert(family().id, bench.clock.now());
    let error = bench.refresh(6).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::CredentialsChanged));
    assert_eq!(bench.store.writes().len(), 1);
}
