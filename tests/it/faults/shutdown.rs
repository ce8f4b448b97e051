//! F-26: SIGTERM under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use macro_rules_attribute::apply;
use rustix::process::Signal;

use super::ledger::{Ledger, Outcome, check_all, each, race_passes};
use super::lock::Lock;
use super::locked::{PATIENT, commit_waits};
use super::seed::Rng;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::eventually::eventually;

const DRAIN: (&str, &str) = ("KINDRED_SERVER__DRAIN_TIMEOUT", "3s");
const SESSIONS: usize = 40;

#[apply(on_both_databases)]
async fn a_shutdown_under_load_loses_nothing(env: Env) {
    let mut rng = Rng::new("shutdown");
    let mut node = env.node(&[DRAIN, ("KINDRED_SESSIONS__MAX_PER_USER", "1000")]).await;
    let email = unique_email();
    node.client().register(&email, PASSWORD).await;
    let mut ledgers = Vec::new();
    for number in 0..SESSIONS {
        ledgers.push(Ledger::log_in(&node.client(), &email, number % 2 == 0).await);
    }
    for _ in 0..3 {
        let client = node.client();
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let load = each(ledgers, |mut ledger| {
            let (client, acknowledged) = (client.clone(), Arc::clone(&acknowledged));
            async move {
                // A session without keys may have lost its way in an earlier round.
                while ledger.is_live() && ledger.refresh(&client).await == Outcome::Acknowledged {
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                ledger
            }
        });
        let answers = || acknowledged.load(Ordering::Relaxed);
        eventually("there is load", async || (answers() > 10).then_some(())).await;
        rng.while_traffic_runs(Duration::from_millis(300)).await;
        let status = tokio::task::block_in_place(|| node.terminate());
        assert_eq!(status.code(), Some(0), "{}", node.logs());
        ledgers = load.join_all().await;
        tokio::task::block_in_place(|| node.restart());
    }
    let rotations: usize = ledgers.iter().map(Ledger::rotations).sum();
    assert!(rotations > 10, "there was load");
    check_all(ledgers, &node.client(), &mut rng, || race_passes(&env)).await;
}

#[apply(on_both_databases)]
async fn who_is_in_flight_is_answered(env: Env) {
    let mut node = env.node(&[("KINDRED_SERVER__DRAIN_TIMEOUT", "30s")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let lock = Lock::session(&env, &user.session_id).await;
    let in_flight = {
        let (client, token) = (client.clone(), user.refresh.clone());
        tokio::spawn(async move { client.try_refresh(&token, None).await })
    };
    commit_waits(&node).await;
    node.signal(Signal::TERM);
    eventually("it drains", async || node.logs().contains("shutting down").then_some(())).await;
    lock.release().await;
    let reply = in_flight.await.expect("no panic").expect("an answer");
    assert_eq!(reply.status, 200, "{reply:?}");
    let status = tokio::task::block_in_place(|| node.terminate());
    assert_eq!(status.code(), Some(0));
    tokio::task::block_in_place(|| node.restart());
    let client = node.client();
    assert_eq!(client.refresh(&reply.refresh_token(), None).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_never_ends_is_not_waited_for(env: Env) {
    // The database itself would wait for longer.
    let mut node = env.node(&[DRAIN, PATIENT[0], PATIENT[1]]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let lock = Lock::session(&env, &user.session_id).await;
    let in_flight = tokio::spawn(async move { client.try_refresh(&user.refresh, None).await });
    commit_waits(&node).await;
    // While the lock is still held.
    let status = tokio::task::block_in_place(|| node.terminate());
    assert_eq!(status.code(), Some(0));
    assert!(node.logs().contains("when the drain timeout ended"), "{}", node.logs());
    let answer = in_flight.await.expect("no panic");
    assert!(answer.is_err() || answer.is_ok_and(|reply| reply.status == 503));
    drop(lock);
}
