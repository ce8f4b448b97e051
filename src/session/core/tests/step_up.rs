//! A proof anew: what it writes, whom it meets, and what it leaves alone.

use super::*;
use crate::clock::Timestamp;
use crate::model::access_token::current_jti;
use crate::model::assurance::{Amr, Method};
use crate::model::security_event::EventKind;
use crate::model::session_family::fixture::root_key;
use crate::session::fake_store::Fault;
use crate::session::message::StepUp;
use crate::store::family_write::{FamilyChange, FamilyWrite, StepUpWrite};
use crate::store::password_attempt::Reservation;

fn attempt() -> Reservation {
    Reservation { user_id: family().user_id, number: 3, device: None, spent_device: None }
}

impl Bench {
    async fn step_up(&mut self) -> Result<Refreshed, RefreshError> {
        self.step_up_in(0).await
    }

    async fn step_up_in(&mut self, credential_epoch: i64) -> Result<Refreshed, RefreshError> {
        let request = StepUp {
            methods: Amr::of(&[Method::Password]),
            credential_epoch,
            attempt: Some(attempt()),
            origin: Origin::default(),
        };
        self.core.step_up(&request).await
    }

    fn step_ups(&self) -> Vec<StepUpWrite> {
        let writes = self.store.writes().into_iter();
        let step_ups = writes.filter_map(|write| match write {
            FamilyWrite::Change(FamilyChange::StepUp(write)) => Some(*write),
            _ => None,
        });
        step_ups.collect()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

#[tokio::test]
async fn the_proof_moves_and_the_generation_stays() {
    let mut bench = Bench::new();
    let stepped_up = bench.step_up().await.unwrap();
    let expected = SessionFamily { auth_time: at(1_100), ..family() };
    assert_eq!((&stepped_up.family, stepped_up.retried), (&expected, false));
    let step_ups = bench.step_ups();
    let [write] = &step_ups[..] else { panic!("{step_ups:?}") };
    assert_eq!((write.generation, write.auth_time, write.credential_epoch), (5, at(1_100), 0));
    assert_eq!(write.jti, current_jti(&expected, &root_key().family_key(&family().salt)));
    assert_eq!(write.attempt, Some(attempt()));
    let event = &write.trail.events[0];
    assert_eq!((event.kind, event.actor_id), (EventKind::StepUpSucceeded, Some(family().user_id)));
    // The token that is out still rotates, and carries the proof on.
    let refreshed = bench.refresh(5).await.unwrap();
    assert_eq!((refreshed.family.generation, refreshed.family.auth_time), (6, at(1_100)));
}

#[tokio::test]
async fn what_another_node_has_done_is_read_first() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.core.acknowledge(6);
    bench.step_up().await.unwrap();
    assert!(bench.core.snapshot().acknowledged, "it is the same generation");
    bench.store.change(family().id, |row| rotate_elsewhere(&mut row.family, None, 1_100));
    assert_eq!(bench.step_up().await.unwrap().family.generation, 7);
    assert!(!bench.core.snapshot().acknowledged);
    bench.store.change(family().id, |row| row.family.revoked = Some(RevokeReason::LogoutAll));
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Revoked(RevokeReason::LogoutAll));
    assert_eq!(bench.step_ups().len(), 2);
}

#[tokio::test]
async fn who_is_beaten_by_a_refresh_steps_up_in_the_next_generation() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, None, 1_100))));
    let stepped_up = bench.step_up().await.unwrap();
    assert_eq!(stepped_up.family.generation, 6);
    assert!(stepped_up.family.has_stepped_up());
}

#[tokio::test]
async fn who_is_beaten_by_the_end_does_not() {
    let mut bench = Bench::new();
    let logout = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Logout);
    bench.store.next_write(Fault::Race(Box::new(logout)));
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Revoked(RevokeReason::Logout));
    assert!(bench.step_ups().is_empty());
}

#[tokio::test]
async fn a_proof_of_credentials_that_moved_on_is_none() {
    let mut bench = Bench::new();
    // The password was changed in this session: family and user moved on together.
    bench.store.change(family().id, |row| row.family.credential_epoch = 1);
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::CredentialsMoved);
    assert!(bench.step_ups().is_empty());
    assert!(bench.step_up_in(1).await.is_ok());
}

#[tokio::test]
async fn an_expired_family_ends_instead() {
    let mut bench = Bench::new();
    bench.clock.set(2_000);
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Expired);
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Expired);
    assert!(bench.is_enforced() && bench.step_ups().is_empty());
    assert_eq!(bench.store.writes().len(), 1, "its end is written once");
}

#[tokio::test]
async fn a_step_up_without_an_answer_is_no_success_and_spends_nothing() {
    for fault in [Fault::Fail, Fault::Hang, Fault::FailAfterCommit] {
        let mut bench = Bench::new();
        bench.refresh(5).await.unwrap();
        bench.store.next_write(fault);
        assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Unavailable);
        assert_eq!(bench.step_up().await.unwrap().family.generation, 6);
        assert_eq!(bench.refresh(6).await.unwrap().family.generation, 7);
    }
}

#[tokio::test]
async fn who_always_loses_gives_up() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.store.next_write(Fault::Lose);
    }
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Unavailable);
    assert_eq!(bench.store.faults_to_come(), 0);
}

#[tokio::test]
async fn a_family_that_is_gone_cannot_step_up() {
    let mut bench = Bench::of(&[]);
    assert_eq!(bench.step_up().await.unwrap_err(), RefreshError::Forged);
}
