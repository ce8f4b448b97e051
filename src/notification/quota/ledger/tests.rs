//! Budgets to the message.

use std::time::Duration;

use super::*;

const ALL: Scope = Scope::All(Channel::Mail);

fn limits() -> Limits {
    Limits {
        mail_per_user: 2,
        mail_global: 3,
        mail_requested: 1,
        mail_reserve: 1,
        sms_per_user: 0,
        sms_global: 0,
        flush_interval: Duration::from_secs(1),
    }
}

fn ada() -> Scope {
    Scope::User(Channel::Mail, Uuid::from_u128(1))
}

fn today() -> Ledger {
    let mut ledger = Ledger::default();
    assert!(ledger.turn(20_000));
    ledger
}

fn all(scopes: &[Scope]) -> Vec<(Scope, u64)> {
    scopes.iter().map(|scope| (*scope, 0)).collect()
}

#[test]
fn the_first_quota_that_is_used_up_refuses() {
    let (mut ledger, limits) = (today(), limits());
    for _ in 0..2 {
        assert_eq!(ledger.spend(&all(&[ALL, ada()]), &limits), Ok(()));
    }
    assert_eq!(ledger.spend(&all(&[ALL, ada()]), &limits), Err(ada()));
    assert_eq!(ledger.spend(&[(ALL, 1)], &limits), Err(ALL), "the last one is kept for others");
    assert_eq!(ledger.spend(&all(&[ALL]), &limits), Ok(()), "for these");
    assert_eq!(ledger.spend(&all(&[ALL]), &limits), Err(ALL));
    assert_eq!((ledger.used(ALL), ledger.used(ada())), (3, 2));
    ledger.give_back(&[ALL, ada()], 20_000);
    assert_eq!(ledger.spend(&all(&[ALL]), &limits), Ok(()));
    let sms = Scope::All(Channel::Sms);
    assert_eq!(ledger.spend(&all(&[sms]), &limits), Err(sms), "0 means none");
}

#[test]
fn an_hour_has_quotas_of_its_own() {
    let (mut ledger, limits) = (today(), limits());
    let warning = |hour| all(&[Scope::Warning(Uuid::from_u128(1), "new_device", hour)]);
    assert_eq!(ledger.spend(&warning(7), &limits), Ok(()));
    assert_eq!(ledger.spend(&warning(7), &limits), Err(warning(7)[0].0));
    assert_eq!(ledger.spend(&warning(8), &limits), Ok(()));
    let requested = Scope::Requested(Recipient::of([7; 32]));
    assert_eq!(ledger.spend(&all(&[requested]), &limits), Ok(()));
    assert_eq!(ledger.full(&all(&[requested]), &limits), Some(requested));
    assert_eq!(requested.to_string(), "mail-requested/07070707070707070707070707070707");
    assert_eq!(ledger.used(ALL), 0, "no other quota was spent");
}

#[test]
fn what_others_have_spent_counts() {
    let (mut ledger, limits) = (today(), limits());
    ledger.learn(ALL, 20_000, 2);
    ledger.spend(&all(&[ALL]), &limits).unwrap();
    let increments = ledger.unwritten();
    // One more while the first is being written.
    ledger.give_back(&[ALL], 20_000);
    let mut totals = increments.clone();
    totals.iter_mut().filter(|one| one.scope == "mail").for_each(|one| one.used = 7);
    ledger.written(&increments, &totals);
    assert_eq!(ledger.used(ALL), 6);
    assert_eq!(ledger.unwritten()[0].used, -1);
}

#[test]
fn nothing_is_written_when_nothing_was_spent() {
    let mut ledger = today();
    ledger.learn(ALL, 20_000, 5);
    assert_eq!(ledger.unwritten(), []);
}

#[test]
fn a_new_day_begins_with_full_quotas_and_writes_the_old_one() {
    let (mut ledger, limits) = (today(), limits());
    ledger.spend(&all(&[ALL, ada()]), &limits).unwrap();
    assert!(!ledger.turn(19_999), "the clock went back");
    assert!(ledger.turn(20_001));
    assert_eq!(ledger.used(ALL), 0);
    assert!(!ledger.knows(ada()), "entries of past days are dropped");
    ledger.learn(ALL, 20_000, 9);
    ledger.give_back(&[ALL], 20_000);
    assert_eq!(ledger.used(ALL), 0, "late news of the old day are not counted on the new one");
    let increments = ledger.unwritten();
    let old: Vec<_> = increments.iter().filter(|one| one.day == 20_000).map(|one| one.used).collect();
    assert_eq!(old, [1, 1]);
    ledger.written(&increments, &increments);
    assert_eq!(ledger.unwritten(), []);
}
