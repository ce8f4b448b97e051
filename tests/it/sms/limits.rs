//! OB-05: what can be sent at someone else's expense, or at someone, is bounded from every side.

use std::time::Duration;

use kindred::authn::{FactorError, SmsEnrollmentError, SmsSent};
use kindred::model::principal::Principal;
use macro_rules_attribute::apply;

use super::flows::{Flows, principal};
use super::scene::{NUMBER, PAUSE};
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::count;

const HOUR: Duration = Duration::from_secs(3_600);

/// The seconds to wait, or none.
fn wait(sent: Result<SmsSent, FactorError>) -> Option<u32> {
    match sent {
        Ok(_) => None,
        Err(FactorError::Limited { retry_after }) => Some(retry_after),
        Err(error) => panic!("{error}"),
    }
}

async fn enroll(flows: &Flows, principal: &Principal, number: &str) -> Option<u32> {
    match flows.authn().sms.enroll(principal, number).await {
        Ok(sent) => wait(Ok(sent)),
        Err(SmsEnrollmentError::Factor(error)) => wait(Err(error)),
        Err(error) => panic!("{error}"),
    }
}

/// A number, an account and an address that no one has used.
async fn fresh(flows: &Flows, env: &Env, n: usize) -> (Principal, String) {
    let account = flows.account(env).await;
    (principal(&account, &format!("198.51.100.{n}")), format!("+4917012345{n:02}"))
}

fn refused(flows: &Flows, rule: &str) -> u64 {
    flows.core.metrics.rate_limited.with_label_values(&[rule]).get()
}

#[apply(on_both_databases)]
async fn a_number_is_not_rung_by_many_accounts(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let mut sent = 0;
    // Five in an hour, ten in a day: the second five come an hour later.
    for (expected, later) in [(3_600, HOUR), (86_400 - 3_600, HOUR)] {
        for n in 0..100 {
            let (principal, _) = fresh(&flows, &env, n % 50).await;
            match enroll(&flows, &principal, NUMBER).await {
                None => sent += 1,
                Some(rest) => {
                    assert_eq!(rest, expected);
                    break;
                }
            }
        }
        flows.clock.advance(later);
    }
    assert_eq!(sent, 10);
    assert_eq!(refused(&flows, "sms_number"), 2);
    assert_eq!(flows.letters(&env).len(), 10, "what is refused writes no message");
    assert_eq!(count(&env, "sms_sends"), 10);
    let (principal, number) = fresh(&flows, &env, 60).await;
    assert_eq!(enroll(&flows, &principal, &number).await, None, "other numbers are free");
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn an_account_does_not_ring_many_numbers(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.account(&env).await;
    let mut sent = 0;
    for n in 0..20 {
        // Another network each time: it is the account that counts.
        let principal = principal(&ada, &format!("198.51.100.{n}"));
        match enroll(&flows, &principal, &format!("+4917012345{n:02}")).await {
            None => sent += 1,
            Some(rest) => {
                assert_eq!((sent, rest), (5, 3_600 - 5 * 31));
                break;
            }
        }
        flows.clock.advance(PAUSE);
    }
    assert_eq!(refused(&flows, "sms_user"), 1);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn an_account_has_a_day_as_well(env: Env) {
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__SMS_PER_USER", "3")]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    for _ in 0..2 {
        flows.clock.advance(HOUR);
        assert_eq!(wait(flows.send(&ada, flows.login()).await), None);
    }
    flows.clock.advance(HOUR);
    // Since the enrollment three hours and the pause behind it have passed.
    assert_eq!(wait(flows.send(&ada, flows.login()).await), Some(86_400 - 3 * 3_600 - 31));
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn a_network_does_not_ring_many_numbers(env: Env) {
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__SMS_PER_NETWORK_HOUR", "3")]).await;
    for (addresses, others) in [
        (["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], "192.0.2.2"),
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:f::", "2001:db8:1:2::4"], "2001:db8:1:3::1"),
    ] {
        let mut waits = Vec::new();
        for (n, address) in addresses.iter().chain([&others]).enumerate() {
            let account = flows.account(&env).await;
            let number = format!("+4917{}12345{n:02}", others.len());
            waits.push(enroll(&flows, &principal(&account, address), &number).await);
        }
        assert_eq!(waits, [None, None, None, Some(3_600), None], "{addresses:?}");
    }
    assert_eq!(refused(&flows, "sms_network"), 2);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn the_quota_of_a_day_bounds_all(env: Env) {
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__SMS_GLOBAL", "4")]).await;
    let mut waits = Vec::new();
    for n in 0..6 {
        let (principal, number) = fresh(&flows, &env, n).await;
        waits.push(enroll(&flows, &principal, &number).await);
    }
    assert!(waits[..4].iter().all(Option::is_none), "{waits:?}");
    let rest = waits[4].expect("it is used up");
    assert!((1..=86_400).contains(&rest), "until midnight: {rest}");
    assert_eq!(refused(&flows, "sms_global"), 2);
    flows.clock.advance(Duration::from_secs(u64::from(rest)));
    let (principal, number) = fresh(&flows, &env, 7).await;
    assert_eq!(enroll(&flows, &principal, &number).await, None, "the next day has its own");
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn none_at_all_is_a_limit_too(env: Env) {
    for (name, rule) in [
        ("KINDRED_THROTTLE__SMS_GLOBAL", "sms_global"),
        ("KINDRED_THROTTLE__SMS_PER_USER", "sms_user"),
        ("KINDRED_THROTTLE__SMS_PER_NUMBER_HOUR", "sms_number"),
        ("KINDRED_THROTTLE__SMS_PER_NETWORK_HOUR", "sms_network"),
    ] {
        let flows = Flows::start(&env, &[(name, "0")]).await;
        let (principal, number) = fresh(&flows, &env, 1).await;
        assert!(enroll(&flows, &principal, &number).await.is_some(), "{name}");
        assert_eq!(refused(&flows, rule), 1, "{name}");
        flows.stop().await;
    }
}

#[apply(on_both_databases)]
async fn what_was_refused_leaves_the_last_code(env: Env) {
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__SMS_PER_USER_HOUR", "2")]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    let flow = flows.login();
    let code = flows.code(&env, &ada, flow).await;
    flows.clock.advance(PAUSE);
    assert!(wait(flows.send(&ada, flow).await).is_some());
    assert!(flows.proves(&ada, flow, &code).await);
    flows.stop().await;
}
