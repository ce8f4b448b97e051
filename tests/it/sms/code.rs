//! OB-01, OB-03: a code works once, for ten minutes, and for five tries.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use kindred::authn::FactorError;
use macro_rules_attribute::apply;

use super::flows::{Flows, other_than};
use super::scene::{NUMBER, PAUSE};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::in_process::StoppedClock;
use crate::support::sql::count;

#[apply(on_both_databases)]
async fn a_code_proves_once(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    let flow = flows.login();
    let sent = flows.send(&ada, flow).await.expect("a code");
    assert_eq!((sent.to.as_str(), sent.expires_in), ("•••• 42", Duration::from_secs(600)));
    let code = flows.last_code(&env);
    assert!(flows.proves(&ada, flow, &format!("{} {}", &code[..3], &code[3..])).await);
    assert!(!flows.proves(&ada, flow, &code).await, "it is spent");
    assert_eq!(count(&env, "sms_authenticators WHERE last_used_at IS NOT NULL"), 1);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn five_wrong_tries_kill_a_code(env: Env) {
    // The lock of the factor comes later than usual.
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__FACTOR_FAILURES", "20")]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    for (wrong, works) in [(4, true), (5, false)] {
        let flow = flows.login();
        let code = flows.code(&env, &ada, flow).await;
        for _ in 0..wrong {
            assert!(!flows.proves(&ada, flow, &other_than(&code)).await);
        }
        assert_eq!(flows.proves(&ada, flow, &code).await, works, "after {wrong}");
    }
    // What cannot be a code is none of the tries.
    let flow = flows.login();
    let code = flows.code(&env, &ada, flow).await;
    for _ in 0..9 {
        assert!(!flows.proves(&ada, flow, "not a code").await);
    }
    assert!(flows.proves(&ada, flow, &code).await);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn a_new_code_kills_the_old(env: Env) {
    let flows = Flows::start(&env, &[("KINDRED_THROTTLE__FACTOR_FAILURES", "20")]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    let flow = flows.login();
    let first = flows.code(&env, &ada, flow).await;
    for _ in 0..5 {
        assert!(!flows.proves(&ada, flow, &other_than(&first)).await);
    }
    flows.clock.advance(PAUSE);
    let mut second = flows.code(&env, &ada, flow).await;
    if second == first {
        flows.clock.advance(PAUSE); // one time in a million
        second = flows.code(&env, &ada, flow).await;
    }
    assert!(!flows.proves(&ada, flow, &first).await);
    assert!(flows.proves(&ada, flow, &second).await, "it has five tries of its own");
    assert_eq!(count(&env, "sms_codes"), 1);
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn there_is_a_pause_between_two_codes_of_a_flow(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    let flow = flows.login();
    let code = flows.code(&env, &ada, flow).await;
    for (passed, rest) in [(0, 30), (29, 1)] {
        flows.clock.advance(Duration::from_secs(passed));
        let refused = flows.send(&ada, flow).await;
        assert!(
            matches!(refused, Err(FactorError::Limited { retry_after }) if retry_after == rest),
            "{refused:?}"
        );
    }
    assert_eq!(flows.core.metrics.rate_limited.with_label_values(&["sms_resend"]).get(), 2);
    assert!(flows.proves(&ada, flow, &code).await, "what was refused changed nothing");
    flows.clock.advance(Duration::from_secs(1));
    flows.send(&ada, flow).await.expect("a code");
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn a_code_works_for_ten_minutes(env: Env) {
    let flows = Flows::start(&env, &[]).await;
    let ada = flows.enrolled(&env, NUMBER).await;
    for (passed, works) in [(599, true), (600, false), (601, false)] {
        let flow = flows.login();
        let code = flows.code(&env, &ada, flow).await;
        flows.clock.advance(Duration::from_secs(passed));
        assert_eq!(flows.proves(&ada, flow, &code).await, works, "after {passed} s");
    }
    flows.stop().await;
}

#[apply(on_both_databases)]
async fn of_fifty_at_once_one_is_right(env: Env) {
    let clock = StoppedClock::new();
    let flows = Arc::new(Flows::at(&env, clock.clone(), &[]).await);
    let mut nodes = vec![Arc::clone(&flows)];
    if env.backend() == Backend::Postgres {
        nodes.push(Arc::new(Flows::at(&env, clock, &[]).await));
    }
    let ada = Arc::new(flows.enrolled(&env, NUMBER).await);
    let flow = flows.login();
    let code = flows.code(&env, &ada, flow).await;
    let tries = (0..50).map(|number| {
        let (node, ada, code) = (Arc::clone(&nodes[number % nodes.len()]), Arc::clone(&ada), code.clone());
        tokio::spawn(async move { node.proves(&ada, flow, &code).await })
    });
    let right =
        join_all(tries).await.into_iter().filter(|proven| *proven.as_ref().expect("an answer")).count();
    assert_eq!(right, 1);
    let tried = count(&env, "sms_codes WHERE tries <= 5 AND used_at IS NOT NULL");
    assert_eq!(tried, 1, "no more were compared than may be");
    drop(flows);
    for node in nodes {
        Arc::into_inner(node).expect("the last one").stop().await;
    }
}
