//! Lost races, errors and silence of the database.

use super::*;
use crate::session::fake_store::Fault;

#[tokio::test]
async fn a_lost_race_is_decided_again() {
    type Elsewhere = fn(&mut SessionFamily);
    let cases: [(Elsewhere, Result<u64, RefreshError>); 3] = [
        (|family| rotate_elsewhere(family, Some("a"), 1_100), Ok(6)),
        (
            |family| rotate_elsewhere(family, Some("b"), 1_100),
            Err(RefreshError::InFlight { retry_until: 10 }),
        ),
        (
            |family| family.revoked = Some(RevokeReason::LogoutAll),
            Err(RefreshError::Revoked(RevokeReason::LogoutAll)),
        ),
    ];
    for (elsewhere, expected) in cases {
        let mut bench = Bench::new();
        bench.store.next_write(Fault::Race(Box::new(elsewhere)));
        let answer = bench.refresh_named(5, "a").await;
        assert_eq!(answer.map(|refreshed| refreshed.family.generation), expected);
        assert_eq!(bench.shared.metrics.family_conflicts.get(), 1);
        assert!(bench.store.writes().is_empty(), "the other node wrote");
    }
}

#[tokio::test]
async fn a_race_lost_on_a_row_that_was_loaded_for_it_is_a_race_whatever_the_clock_says() {
    let mut bench = Bench::new();
    // The other node's commit was held for so long that its moment lies far back.
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("b"), 1_050))));
    let error = bench.refresh_named(5, "a").await.unwrap_err();
    assert_eq!(error, RefreshError::InFlight { retry_until: 1 });
    assert!(!bench.is_revoked_here());
    // The same token once more is reuse: it came after the row was known to have moved on.
    assert!(matches!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::Reused(_)));
}

#[tokio::test]
async fn who_was_overtaken_once_is_still_so_when_overtaken_again() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Overtake);
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("b"), 1_050))));
    let error = bench.refresh_named(5, "a").await.unwrap_err();
    assert_eq!(error, RefreshError::InFlight { retry_until: 1 });
}

#[tokio::test]
async fn who_always_loses_gives_up() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.store.next_write(Fault::Overtake);
    }
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
    assert_eq!(bench.store.loads(), 4, "each decision is made on what the database says");
    assert_eq!(bench.store.contradictions(), 1, "what is read is not what is written to");
    assert!(bench.refresh(5).await.is_ok());
    assert_eq!(bench.store.contradictions(), 1);
}

#[tokio::test]
async fn after_an_error_nothing_that_is_remembered_counts() {
    for fault in [Fault::Fail, Fault::Hang] {
        let mut bench = Bench::new();
        bench.store.next_write(fault);
        assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
        assert_eq!((bench.remembers(), bench.store.loads()), (None, 1));
        assert_eq!(bench.refresh(5).await.unwrap().family.generation, 6);
        assert_eq!(bench.store.loads(), 2);
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_found_by_its_name() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::FailAfterCommit);
    assert_eq!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::Unavailable);
    let again = bench.refresh_named(5, "a").await.unwrap();
    assert_eq!((again.family.generation, again.outcome), (6, RefreshOutcome::Retried));
    assert_eq!(bench.store.writes().len(), 1);
}

#[tokio::test]
async fn a_commit_without_an_answer_and_a_name_never_forks() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::FailAfterCommit);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::InFlight { retry_until: 10 });
    bench.clock.set(1_111);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unconfirmed);
}

#[tokio::test]
async fn a_family_that_cannot_be_loaded_is_loaded_next_time() {
    for fault in [Fault::Fail, Fault::Hang] {
        let mut bench = Bench::new();
        bench.store.next_load(fault);
        assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
        assert_eq!(bench.shared.activating.get(), 0);
        assert!(bench.store.writes().is_empty());
        assert!(bench.refresh(5).await.is_ok());
    }
}

#[tokio::test]
async fn a_logout_that_cannot_load_is_no_success() {
    let mut bench = Bench::new();
    bench.store.next_load(Fault::Fail);
    assert_eq!(bench.log_out(None).await, Err(RefreshError::Unavailable));
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
}

#[tokio::test]
async fn a_retry_whose_user_cannot_be_read_is_open() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.store.next_load(Fault::Fail);
    assert_eq!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::Unavailable);
    assert!(bench.refresh_named(5, "a").await.is_ok());
}

#[tokio::test]
async fn a_token_that_another_node_issued_is_not_ahead_of_the_database() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.store.change(family().id, |row| rotate_elsewhere(&mut row.family, None, 1_100));
    assert_eq!(bench.refresh(7).await.unwrap().family.generation, 8);
    assert!(!bench.is_revoked_here());
}

#[tokio::test]
async fn a_family_that_another_node_kept_alive_has_not_expired() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.clock.set(2_000);
    bench.store.change(family().id, |row| rotate_elsewhere(&mut row.family, None, 2_000));
    bench.clock.set(2_200); // past what this node remembers
    assert_eq!(bench.refresh(7).await.unwrap().family.generation, 8);
}

#[tokio::test]
async fn what_is_forgotten_is_loaded_again() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.core.acknowledge(6);
    bench.core.forget();
    assert!(!bench.core.snapshot().acknowledged);
    bench.refresh(6).await.unwrap();
    assert_eq!(bench.store.loads(), 2);
}
