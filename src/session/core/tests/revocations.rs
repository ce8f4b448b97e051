//! How a family is revoked: for reuse, because the database was set back, by request.

use super::*;
use crate::clock::Clock;
use crate::model::access_token::jti_uuid;
use crate::model::notice::{Notice, Place};
use crate::model::principal::ActingSession;
use crate::model::security_event::EventKind;
use crate::model::session_family::ReuseClass;
use crate::model::session_family::fixture::root_key;
use crate::session::fake_store::{Fault, Write};
use crate::session::message::{RevokeError, RevokeFor};
use crate::store::session::family_write::{Authority, FamilyRevocation, RevocationRefusal};

/// Another session of the fixture's user.
const OTHER: Uuid = Uuid::from_u128(0xfb);

impl Bench {
    /// The one revocation that was committed.
    fn revocation(&self) -> FamilyRevocation {
        let revocations: Vec<FamilyRevocation> = self
            .store
            .writes()
            .into_iter()
            .filter_map(|write| match write {
                Write::Revocation(revocation) => Some(revocation),
                _ => None,
            })
            .collect();
        assert_eq!(revocations.len(), 1, "{revocations:?}");
        revocations[0].clone()
    }

    /// The other session revokes this one.
    async fn revoke_by_other(&mut self) -> Result<Revoked, RevokeError> {
        let acting = ActingSession { user_id: family().user_id, session_id: OTHER };
        let request = RevokeFor {
            authority: Authority::Owner(acting),
            reason: RevokeReason::EndedByUser,
            context: RequestContext::default(),
        };
        self.core.revoke_for(&request).await
    }
}

#[tokio::test]
async fn reuse_revokes_the_family_once() {
    for (presented, class) in [(5, ReuseClass::Previous), (4, ReuseClass::Stale)] {
        let mut bench = Bench::new();
        bench.refresh_named(5, "a").await.unwrap();
        bench.clock.set(1_111);
        let error = bench.refresh(presented).await.unwrap_err();
        assert_eq!(error, RefreshError::Reused(class));
        assert!(bench.is_revoked_here());
        for generation in 4..=7 {
            let error = bench.refresh(generation).await.unwrap_err();
            assert_eq!(error, RefreshError::Revoked(RevokeReason::Reuse));
        }
        let revocation = bench.revocation();
        let spent = jti_uuid(root_key().family_key(&family().salt).jti(presented));
        assert_eq!((revocation.reason, revocation.reused_jti), (RevokeReason::Reuse, Some(spent)));
        assert_eq!(revocation.effects.events[0].kind, EventKind::RefreshTokenReused);
        assert_eq!(revocation.effects.events[0].user_id, Some(family().user_id));
        assert_eq!(revocation.effects.events[0].detail["class"], class.as_str());
        let [mail] = &revocation.effects.messages[..] else { panic!("{:?}", revocation.effects.messages) };
        let letter = bench.shared.composer.open(mail.id, &mail.sealed).unwrap();
        assert_eq!((letter.to.as_str(), letter.display_name.as_deref()), ("ada@example.com", Some("Ada")));
        let at = crate::clock::Clock::now(bench.clock.as_ref());
        assert_eq!(letter.notice, Notice::ReplayDetected { at, place: Place::default() });
    }
}

#[tokio::test]
async fn the_mail_about_reuse_goes_to_the_address_of_now() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.clock.set(1_111);
    bench.store.change(family().id, |row| row.user.email = "new@example.com".to_owned());
    bench.refresh(5).await.unwrap_err();
    let revocation = bench.revocation();
    let mail = &revocation.effects.messages[0];
    assert_eq!(bench.shared.composer.open(mail.id, &mail.sealed).unwrap().to, "new@example.com");
}

#[tokio::test]
async fn an_unconfirmed_reuse_revokes_the_family_and_names_both_causes() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    bench.clock.set(1_111);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unconfirmed);
    let revocation = bench.revocation();
    assert_eq!((revocation.reason, revocation.reused_jti), (RevokeReason::Unconfirmed, None));
    let event = &revocation.effects.events[0];
    assert_eq!(event.kind, EventKind::RefreshUnconfirmed);
    assert_eq!(event.detail["causes"], serde_json::json!(["answer_lost", "token_stolen"]));
    let mail = &revocation.effects.messages[0];
    let letter = bench.shared.composer.open(mail.id, &mail.sealed).unwrap();
    assert!(matches!(letter.notice, Notice::RefreshUnconfirmed { .. }), "{letter:?}");
    for class in ReuseClass::ALL {
        let alarms = bench.shared.metrics.refresh_replays.with_label_values(&[class.as_str()]);
        assert_eq!(alarms.get(), 0);
    }
}

#[tokio::test]
async fn a_named_retry_after_its_window_revokes_the_family_without_an_alarm() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.clock.set(1_700);
    assert_eq!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::Expired);
    let revocation = bench.revocation();
    assert_eq!(revocation.reason, RevokeReason::RetryExpired);
    assert!(revocation.effects.messages.is_empty());
    assert_eq!(revocation.effects.events[0].kind, EventKind::SessionEnded);
}

#[tokio::test]
async fn only_reuse_is_told_by_mail() {
    let mut bench = Bench::new();
    bench.refresh(6).await.unwrap_err();
    assert!(bench.revocation().effects.messages.is_empty(), "a database that was set back is no theft");
    let mut bench = Bench::new();
    bench.log_out(None).await.unwrap();
    assert!(bench.revocation().effects.messages.is_empty());
}

#[tokio::test]
async fn what_is_known_of_a_generation_outlives_a_revocation_that_failed() {
    let mut bench = Bench::new();
    bench.refresh_named(5, "a").await.unwrap();
    bench.core.acknowledge(6);
    bench.clock.set(1_111);
    bench.store.next_write(Fault::Fail);
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Unavailable);
    let class = ReuseClass::PreviousAcknowledged;
    assert_eq!(bench.refresh(5).await.unwrap_err(), RefreshError::Reused(class));
}

#[tokio::test]
async fn reuse_is_told_only_once_the_revocation_is_on_disk() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Fail);
    assert_eq!(bench.refresh(3).await.unwrap_err(), RefreshError::Unavailable);
    assert!(!bench.is_revoked_here());
    let error = bench.refresh(3).await.unwrap_err();
    assert_eq!(error, RefreshError::Reused(ReuseClass::Stale));
    assert_eq!(bench.revocation().reason, RevokeReason::Reuse);
}

#[tokio::test]
async fn reuse_overtaken_by_a_logout_is_no_alarm() {
    let mut bench = Bench::new();
    let logout = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Logout);
    bench.store.next_write(Fault::Race(Box::new(logout)));
    let error = bench.refresh(3).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Logout));
    assert!(bench.store.writes().is_empty() && bench.is_revoked_here());
}

#[tokio::test]
async fn a_database_that_was_set_back_revokes_the_family() {
    let mut bench = Bench::new();
    assert_eq!(bench.refresh(6).await.unwrap_err(), RefreshError::Regressed);
    let revocation = bench.revocation();
    assert_eq!((revocation.reason, revocation.reused_jti), (RevokeReason::Regressed, None));
    assert_eq!(revocation.effects.events[0].kind, EventKind::RefreshTokenRegressed);
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Regressed));
}

#[tokio::test]
async fn a_family_that_the_database_has_forgotten_goes_on_where_that_is_the_policy() {
    let mut bench = Bench::adopting();
    let adopted = bench.refresh(9).await.unwrap();
    assert_eq!(adopted.family.generation, 10);
    let writes = bench.store.writes();
    let [Write::Rotation(rotation)] = writes.as_slice() else { panic!("{writes:?}") };
    assert_eq!((rotation.stored_generation, rotation.spent_generation), (5, 9));
    assert_eq!(bench.shared.metrics.revocation.set_back.get(), 1);
    // It is spent like any other, and what the client held before it is as old as it says.
    assert_eq!(bench.refresh(9).await.unwrap_err(), RefreshError::InFlight { retry_until: 10 });
    assert_eq!(bench.refresh(6).await.unwrap_err(), RefreshError::Reused(ReuseClass::Stale));
    assert_eq!(bench.refresh(10).await.unwrap_err(), RefreshError::Revoked(RevokeReason::Reuse));
}

#[tokio::test]
async fn a_family_is_adopted_once_however_many_bring_its_token() {
    let mut bench = Bench::adopting();
    let elsewhere = |family: &mut SessionFamily| {
        *family = SessionFamily {
            generation: 10,
            rotated_at: Timestamp::from_unix_seconds(1_100),
            ..family.clone()
        };
    };
    bench.store.next_write(Fault::Race(Box::new(elsewhere)));
    assert!(matches!(bench.refresh(9).await.unwrap_err(), RefreshError::InFlight { .. }));
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_family_that_this_node_knows_to_have_ended_is_not_adopted() {
    let mut bench = Bench::adopting();
    bench.shared.index.insert(family().id, bench.clock.now());
    let error = bench.refresh(9).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::CredentialsChanged));
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_logout_revokes_the_family_once() {
    let mut bench = Bench::new();
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    assert!(bench.is_revoked_here());
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    let revocation = bench.revocation();
    assert_eq!((revocation.reason, revocation.logged_out), (RevokeReason::Logout, Some(family().user_id)));
    assert_eq!(revocation.effects.events[0].kind, EventKind::SessionEnded);
    assert_eq!(revocation.effects.events[0].actor_id, Some(Uuid::from_u128(7)));
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::Logout));
}

#[tokio::test]
async fn a_logout_is_written_where_credentials_have_moved_on() {
    let revoked = Some(RevokeReason::CredentialsChanged);
    let mut bench = Bench::of(&[SessionFamily { revoked, ..family() }]);
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    assert_eq!(bench.revocation().reason, RevokeReason::Logout);
}

#[tokio::test]
async fn a_family_that_is_gone_was_revoked_before() {
    let mut bench = Bench::of(&[]);
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    assert!(bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_logout_takes_any_token_of_the_family_and_no_other() {
    let stranger = SessionFamily { salt: [8; 16], ..family() };
    for generation in [4, 5, 6] {
        let mut bench = Bench::new();
        let foreign = token(&stranger, generation);
        assert_eq!(bench.log_out(Some(foreign)).await, Err(RefreshError::Invalid));
        assert!(bench.store.writes().is_empty());
        let own = token(&family(), generation);
        assert_eq!(bench.log_out(Some(own)).await, Ok(Revoked::Now));
    }
}

#[tokio::test]
async fn a_logout_that_was_overtaken_finds_the_family_revoked() {
    let mut bench = Bench::new();
    let replay = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Reuse);
    bench.store.next_write(Fault::Race(Box::new(replay)));
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Before));
    assert!(bench.is_revoked_here() && bench.store.writes().is_empty());
}

#[tokio::test]
async fn a_logout_that_meets_a_newer_generation_revokes_it_all_the_same() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, None, 1_100))));
    assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    assert_eq!(bench.revocation().reason, RevokeReason::Logout);
}

#[tokio::test]
async fn a_logout_without_an_answer_is_no_success() {
    for fault in [Fault::Fail, Fault::Hang] {
        let mut bench = Bench::new();
        bench.store.next_write(fault);
        assert_eq!(bench.log_out(None).await, Err(RefreshError::Unavailable));
        assert!(!bench.is_revoked_here());
        assert_eq!(bench.remembers(), None);
        assert_eq!(bench.log_out(None).await, Ok(Revoked::Now));
    }
}

#[tokio::test]
async fn another_session_revokes_the_family_once() {
    let mut bench = Bench::of(&[family(), SessionFamily { id: OTHER, ..family() }]);
    assert_eq!(bench.revoke_by_other().await, Ok(Revoked::Now));
    assert!(bench.is_revoked_here());
    assert_eq!(bench.revoke_by_other().await, Ok(Revoked::Before));
    let revocation = bench.revocation();
    assert_eq!((revocation.reason, revocation.logged_out), (RevokeReason::EndedByUser, None));
    assert_eq!(revocation.effects.events[0].actor_id, Some(family().user_id));
    let error = bench.refresh(5).await.unwrap_err();
    assert_eq!(error, RefreshError::Revoked(RevokeReason::EndedByUser));
}

/// The index forgets a family when its access tokens have expired.
#[tokio::test]
async fn an_end_is_remembered_for_longer_than_the_index_holds_it() {
    for by_other in [false, true] {
        let mut bench = Bench::of(&[family(), SessionFamily { id: OTHER, ..family() }]);
        let ended =
            if by_other { bench.revoke_by_other().await.ok() } else { bench.log_out(None).await.ok() };
        assert_eq!(ended, Some(Revoked::Now));
        bench.shared.index.prune(Timestamp::from_unix_seconds(9_000), Duration::ZERO);
        assert!(!bench.is_revoked_here());
        assert!(matches!(bench.refresh(5).await.unwrap_err(), RefreshError::Revoked(_)));
        assert_eq!(bench.shared.metrics.family_conflicts.get(), 0, "no rotation was tried");
    }
}

#[tokio::test]
async fn an_expiry_that_another_node_has_averted_is_none() {
    let mut bench = Bench::new();
    bench.clock.set(2_000);
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("b"), 2_000))));
    assert_eq!(bench.refresh_named(5, "a").await.unwrap_err(), RefreshError::InFlight { retry_until: 10 });
    assert!(!bench.is_revoked_here());
    assert_eq!(bench.refresh(6).await.unwrap().family.generation, 7);
}

#[tokio::test]
async fn a_session_that_is_revoked_meanwhile_revokes_no_other() {
    let other = SessionFamily { id: OTHER, revoked: Some(RevokeReason::Logout), ..family() };
    let refused = Err(RevokeError::Refused(RevocationRefusal::ActingSessionRevoked));
    let mut bench = Bench::of(&[family(), other.clone()]);
    assert_eq!(bench.revoke_by_other().await, refused);
    assert!(!bench.is_revoked_here() && bench.store.writes().is_empty());
    assert!(bench.refresh(5).await.is_ok(), "the family goes on");
    // Nor is it told that the family was revoked before.
    bench.log_out(None).await.unwrap();
    assert_eq!(bench.revoke_by_other().await, refused);
}
