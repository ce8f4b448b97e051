//! A token spent along with a reauthentication: what it writes, whom it meets, and what it leaves alone.

use super::*;
use crate::clock::Timestamp;
use crate::model::access_token::jti_uuid;
use crate::model::assurance::{Aal, Amr, Method};
use crate::model::session_family::fixture::root_key;
use crate::session::fake_store::{Fault, Write};
use crate::session::message::{Renew, RenewedFamily};
use crate::store::Effects;
use crate::store::credential::password::PasswordChange;
use crate::store::credential::password_attempt::Reservation;
use crate::store::credential::reauthentication::Reauthentication;
use crate::store::session::family::UserRevocation;
use crate::store::session::family_write::{Renewal, RenewalPurpose};

impl Bench {
    fn step_up(&self, generation: u64, attempt: Option<&str>) -> Renew {
        let counted = Reservation { user_id: family().user_id, number: 3, device: None, spent_device: None };
        Renew {
            refresh: self.request(generation, attempt),
            credential_epoch: 0,
            reauthentication: Reauthentication::Password(counted),
            purpose: RenewalPurpose::StepUp(Amr::of(&[Method::OneTimePassword])),
            effects: Effects::default(),
        }
    }

    async fn renew(&mut self, generation: u64, attempt: &str) -> Result<RenewedFamily, RefreshError> {
        let request = self.step_up(generation, Some(attempt));
        self.core.renew(&request).await
    }

    fn renewals(&self) -> Vec<Renewal> {
        let writes = self.store.writes().into_iter();
        let renewals = writes.filter_map(|write| match write {
            Write::Renewal(renewal) => Some(*renewal),
            _ => None,
        });
        renewals.collect()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

#[tokio::test]
async fn a_step_up_spends_the_token_and_begins_a_generation() {
    let mut bench = Bench::new();
    let renewed = bench.renew(5, "a").await.unwrap();
    assert!(!renewed.overtaken);
    let next = &renewed.refreshed.family;
    assert_eq!((next.generation, next.auth_time, next.aal), (6, at(1_100), Aal::Two));
    let renewals = bench.renewals();
    let [renewal] = &renewals[..] else { panic!("{renewals:?}") };
    assert_eq!((renewal.rotation.spent_generation, renewal.credential_epoch), (5, 0));
    assert_eq!(renewal.rotation.jti, jti_uuid(root_key().family_key(&family().salt).jti(6)));
    // A copy of the token from before is spent, and assurance is carried on.
    bench.clock.set(1_111);
    let refreshed = bench.refresh(6).await.unwrap();
    assert_eq!((refreshed.family.generation, refreshed.family.auth_time), (7, at(1_100)));
    bench.clock.set(1_122);
    assert!(matches!(bench.refresh(5).await.unwrap_err(), RefreshError::Reused(_)));
}

#[tokio::test]
async fn the_table_comes_before_the_reauthentication() {
    let mut bench = Bench::new();
    assert!(matches!(bench.core.present(&bench.request(5, Some("a"))).await, Ok(None)));
    assert!(bench.store.writes().is_empty(), "nothing is spent by being looked at");
    bench.refresh_named(5, "a").await.unwrap();
    for generation in [5, 6] {
        let presented = bench.core.present(&bench.request(generation, Some("a"))).await.unwrap();
        assert!(presented.is_some());
    }
    let raced = bench.core.present(&bench.request(5, Some("b"))).await.unwrap_err();
    assert_eq!(raced, RefreshError::InFlight { retry_until: 10 });
    bench.clock.set(1_111);
    let reused = bench.core.present(&bench.request(5, Some("b"))).await.unwrap_err();
    assert!(matches!(reused, RefreshError::Reused(_)));
    assert!(bench.renewals().is_empty() && bench.is_revoked_here());
}

#[tokio::test]
async fn a_request_that_another_has_overtaken_spends_no_factor() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("a"), 1_100))));
    let renewed = bench.renew(5, "a").await.unwrap();
    assert!(renewed.overtaken, "the other one was its own");
    assert_eq!((renewed.refreshed.family.generation, renewed.refreshed.family.aal), (6, Aal::One));
    let mut bench = Bench::new();
    bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("b"), 1_100))));
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::InFlight { retry_until: 10 });
    assert!(bench.renewals().is_empty());
}

#[tokio::test]
async fn a_step_up_that_another_has_overtaken_is_a_race_whatever_the_clock_says() {
    for overtaken_before in [0, 1] {
        let mut bench = Bench::new();
        for _ in 0..overtaken_before {
            bench.store.next_write(Fault::Overtake);
        }
        bench.store.next_write(Fault::Race(Box::new(|family| rotate_elsewhere(family, Some("b"), 1_050))));
        assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::InFlight { retry_until: 1 });
        assert!(!bench.is_revoked_here());
    }
}

#[tokio::test]
async fn a_step_up_that_always_loses_gives_up() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.store.next_write(Fault::Overtake);
    }
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::Unavailable);
    assert_eq!((bench.store.loads(), bench.store.faults_to_come()), (4, 0));
}

#[tokio::test]
async fn a_family_that_the_database_has_forgotten_steps_up_where_that_is_the_policy() {
    let mut bench = Bench::adopting();
    assert_eq!(bench.renew(9, "a").await.unwrap().refreshed.family.generation, 10);
    let renewals = bench.renewals();
    let [Renewal { rotation, .. }] = &renewals[..] else { panic!("{renewals:?}") };
    assert_eq!((rotation.stored_generation, rotation.spent_generation), (5, 9));
}

#[tokio::test]
async fn a_change_of_the_password_moves_its_own_session_on() {
    let mut bench = Bench::new();
    let revocation = UserRevocation {
        user_id: family().user_id,
        except: Some(family().id),
        reason: RevokeReason::CredentialsChanged,
        advance_epoch: true,
        at: at(1_100),
        tokens_since: at(1_000),
    };
    let change = PasswordChange { old_hash: "old".to_owned(), new_hash: "new".to_owned(), revocation };
    let purpose = RenewalPurpose::PasswordChange(Box::new(change));
    let request = Renew { purpose, ..bench.step_up(5, Some("a")) };
    let next = bench.core.renew(&request).await.unwrap().refreshed.family;
    assert_eq!((next.generation, next.credential_epoch), (6, 1));
    assert_eq!((next.auth_time, next.aal), (family().auth_time, Aal::One), "it is no step-up");
    bench.clock.set(1_111);
    assert_eq!(bench.refresh(6).await.unwrap().family.credential_epoch, 1);
}

#[tokio::test]
async fn a_factor_that_was_spent_before_spends_no_token() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::ReauthenticationSpent);
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::ReauthenticationSpent);
    assert_eq!(bench.refresh(5).await.unwrap().family.generation, 6);
}

#[tokio::test]
async fn a_reauthentication_with_credentials_that_moved_on_is_none() {
    let mut bench = Bench::new();
    // The password was changed in this session: family and user moved on together.
    bench.store.change(family().id, |row| row.family.credential_epoch = 1);
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::CredentialsMoved);
    assert!(bench.renewals().is_empty());
}

#[tokio::test]
async fn a_reauthentication_with_newer_credentials_than_are_remembered_has_the_row_read_again() {
    let mut bench = Bench::new();
    bench.refresh(5).await.unwrap();
    // The password was changed in this session, at another node.
    bench.store.change(family().id, |row| row.family.credential_epoch = 1);
    let newest = Renew { credential_epoch: 2, ..bench.step_up(6, Some("a")) };
    assert_eq!(bench.core.renew(&newest).await.unwrap_err(), RefreshError::CredentialsMoved);
    bench.core.forget();
    bench.store.change(family().id, |row| row.family.credential_epoch = 0);
    bench.refresh(6).await.unwrap();
    bench.store.change(family().id, |row| row.family.credential_epoch = 1);
    let loads = bench.store.loads();
    let newer = Renew { credential_epoch: 1, ..bench.step_up(7, Some("a")) };
    let next = bench.core.renew(&newer).await.unwrap().refreshed.family;
    assert_eq!((next.generation, next.credential_epoch), (8, 1));
    assert_eq!(bench.store.loads(), loads + 1);
}

#[tokio::test]
async fn a_step_up_overtaken_by_a_revocation_is_none() {
    let mut bench = Bench::new();
    let logout = |family: &mut SessionFamily| family.revoked = Some(RevokeReason::Logout);
    bench.store.next_write(Fault::Race(Box::new(logout)));
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::Revoked(RevokeReason::Logout));
    assert!(bench.renewals().is_empty());
}

#[tokio::test]
async fn a_step_up_without_an_answer_is_found_by_its_name() {
    let mut bench = Bench::new();
    bench.store.next_write(Fault::FailAfterCommit);
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::Unavailable);
    let again = bench.renew(5, "a").await.unwrap();
    assert!(again.overtaken);
    assert_eq!((again.refreshed.family.generation, again.refreshed.family.aal), (6, Aal::Two));
    assert_eq!(bench.renewals().len(), 1);
}

#[tokio::test]
async fn an_expired_family_is_revoked_instead() {
    let mut bench = Bench::new();
    bench.clock.set(2_000);
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::Expired);
    assert!(bench.is_revoked_here() && bench.renewals().is_empty());
}

#[tokio::test]
async fn a_family_that_is_gone_cannot_step_up() {
    let mut bench = Bench::of(&[]);
    assert_eq!(bench.renew(5, "a").await.unwrap_err(), RefreshError::Invalid);
}
