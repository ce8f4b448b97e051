//! How a family ends: by reuse, by a database set back, by request.

use super::*;
use crate::model::access_token::jti_uuid;
use crate::model::notice::{Notice, Place};
use crate::model::security_event::EventKind;
use crate::model::session_family::ReplayClass;
use crate::model::session_family::fixture::root_key;
use crate::session::fake_store::Fault;
use crate::store::session::family_write::{Ending, FamilyWrite};

impl Bench {
    /// The one ending that was committed.
    fn ending(&self) -> Ending {
        let endings: Vec<Ending> = self
            .store
            .writes()
            .into_iter()
            .filter_map(|write| match write {
                FamilyWrite::End(ending) => Some(*ending),
                _ => None,
            })
            .collect();
        assert_eq!(endings.len(), 1, "{endings:?}");
        endings[0].clone()
    }
}

#[tokio::test]
async fn a_replay_ends_the_family_once() {
    for (presented, class) in [(5, ReplayClass::Previous), (4, ReplayClass::Stale)] {
        let mut bench = Bench::new();
        bench.refresh_named(5, "a").await.unwrap();
        bench.clock.set(1_111);
        let error = bench.refresh(presented).await.unwrap_err();
        assert_eq!(error, RefreshError::Replayed(class));
        assert!(bench.is_enforced());
        for generation in 4..=7 {
            let error = bench.refresh(generation).await.unwrap_err();
            assert_eq!(error, RefreshError::Revoked(RevokeReason::Replay));
        }
        let ending = bench.ending();
        let spent = jti_uuid(root_key().family_key(&family().salt).jti(presented));
        assert_eq!((ending.reason, ending.replayed_jti), (RevokeReason::Replay, Some(spent)));
        assert_eq!(ending.effects.events[0].kind, EventKind::RefreshTokenReplayed);
        assert_eq!(ending.effects.events[0].user_id, Some(family().user_id));
        assert_eq!(ending.effects.events[0].detail["class"], class.as_str());
        let [mail] = &ending.effects.messages[..] else { panic!("{:?}", ending.effects.messages) };
        let letter = bench.shared.composer.open(mail.id, &mail.sealed).unwrap();
        assert_eq!((letter.to.as_str(), letter.display_name.as_deref()), ("ada@example.com", Some("Ada")));
        let at = crate::clock::Clock::now(bench.clock.as_ref());
        assert_eq!(letter.notice, Notice::ReplayDetected { at, place: Place::default() });
    }
}

#[tokio::test]
async fn the_mail_of_a_replay_goes_to_the_address_of_now() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.clock.set(1_111);
    bench.store.change(family().id, |row| row.user.email = "new@example.com".to_owned());
    bench.refresh(5).await.unwrap_err();
    let ending = bench.ending();
    let mail = &ending.effects.messages[0];
    assert_eq!(bench.shared.composer.open(mail.id, &mail.sealed).unwrap().to, "new@example.com");
}

#[tokio::test]
async fn an_unconfirmed_reuse_ends_the_family_and_names_both_causes() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.clock.set(1_111);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unconfirmed);
    let ending = bench.ending();
    assert_eq!((ending.reason, ending.replayed_jti), (RevokeReason::Unconfirmed, None));
    let event = &ending.effects.events[0];
    assert_eq!(event.kind, EventKind::RefreshUnconfirmed);
    assert_eq!(event.detail["causes"], serde_json::json!(["answer_lost", "token_stolen"]));
    let mail = &ending.effects.messages[0];
    let letter = bench.shared.composer.open(mail.id, &mail.sealed).unwrap();
    assert!(matches!(letter.notice, Notice::RefreshUnconfirmed { .. }), "{letter:?}");
    for class in ReplayClass::ALL {
        let alarms = bench.shared.metrics.refresh_replays.with_label_values(&[class.as_str()]);
        assert_eq!(alarms.get(), 0);
    }
}

#[tokio::test]
async fn a_named_retry_after_its_window_ends_the_family_without_an_alarm() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.clock.set(1_700);
    assert_eq!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::Expired);
    let ending = bench.ending();
    assert_eq!(ending.reason, RevokeReason::RetryExpired);
    assert!(ending.effects.messages.is_empty());
    assert_eq!(ending.effects.events[0].kind, EventKind::SessionEnded);
}

#[tokio::test]
async fn only_reuse_is_told_by_mail() {
    let mut bench = Bench::new();
    bench.refresh(6).await.unwrap_err();
    assert!(bench.ending().effects.messages.is_empty(), "a database that was set back is no theft");
    let mut bench = Bench::new();
    bench.log_out(None).await.unwrap();
    assert!(bench.ending().effects.messages.is_empty());
}

#[tokio::test]
async fn what_is_known_of_a_generation_outlives_an_ending_that_failed() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.core.acknowledge(6);
    bench.clock.set(1_111);
    bench.store.next_write(Fault::Fail);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
    let class = ReplayClass::PreviousAcknowledged;
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Replayed(class));
}

#[tokio::test]
async fn a_replay_is_told_only_when_its_end_is_on_disk() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Fail);
    assert_eq!(bench.refresh(3).await.unwrap_err(), RefreshError::Unavailable);
    assert!(!bench.is_enforced());
    let error = bench.refresh(3).await.unwrap_err();
    assert_eq!(error, RefreshError::Replayed(ReplayClass::Stale));
    assert_eq!(bench.ending().reason, RevokeReason::Replay);
}

#[tokio::test]
async fn a_replay_beaten_by_a_logout_is_no_alarm() {
    let mut bench = Bench::new();
    let logout = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Logout);
    bench.store.next_write(Fault::Race(Box::new(logout)));
    let error = bench.refresh(3).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Logout));
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_database_that_was_set_back_ends_the_family() {
    let mut bench = Bench::new();
    assert_eq!(bench.refresh(6).await.unwrap_err(), RefreshError::Regressed);
    let ending = bench.ending();
    assert_eq!((ending.reason, ending.replayed_jti), (RevokeReason::Regressed, None));
    assert_eq!(ending.effects.events[0].kind, EventKind::RefreshTokenRegressed);
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Regressed));
}

#[tokio::test]
async fn a_logout_ends_the_family_once() {
    let mut bench = Bench::new();
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    assert!(bench.is_enforced());
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    let ending = bench.ending();
    assert_eq!(ending.reason, RevokeReason::Logout);
    assert_eq!(ending.effects.events[0].kind, EventKind::SessionEnded);
    assert_eq!(ending.effects.events[0].actor_id, Some(Uuid::from_u128(7)));
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Logout));
}

#[tokio::test]
async fn a_family_that_is_gone_has_ended_before() {
    let mut bench = Bench::of(&[]);
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_logout_takes_any_token_of_the_family_and_no_other() {
    let stranger = SessionFamily { salt: [8; 16], ..family() };
    for generation in [4, 5, 6] {
        let mut bench = Bench::new();
        let forged = token(&stranger, generation);
        assert_eq!(bench.log_out(Some(forged)).await, Err(RefreshError::Invalid));
        assert!(bench.store.writes().is_empty());
        let own = token(&family(), generation);
        assert_eq!(bench.log_out(Some(own)).await, Ok(Revoked::Now));
    }
}

#[tokio::test]
async fn a_logout_that_was_beaten_has_ended_before() {
    let mut bench = Bench::new();
    let replay = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Replay);
    bench.store.next_write(Fault::Race(Box::new(replay)));
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    assert!(bench.is_enforced() && bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_logout_that_meets_a_newer_generation_ends_it_all_the_same() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, None, 1_100))));
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    assert_eq!(bench.ending().reason, RevokeReason::Logout);
}

#[tokio::test]
async fn a_logout_without_an_answer_is_no_success() {
    for fault in [Fault::Fail, Fault::Hang] {
        let mut bench = Bench::new();
        bench.store.next_write(fault);
        assert_eq!(bench.log_out(None).await, Err(RefreshError::Unavailable));
        assert!(!bench.is_enforced());
        assert_eq!(bench.remembers(), None);
        assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    }
}
