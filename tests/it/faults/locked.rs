//! F-12: requests meet locks that others hold.

use futures_util::future::join_all;
use macro_rules_attribute::apply;

use super::ledger::generation;
use super::lock::{self, Lock};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, served};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

const IMPATIENT: [(&str, &str); 2] =
    [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "500ms"), ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")];

/// A database that may take as long as can be configured. The holder of a lock lets go long before.
pub const PATIENT: [(&str, &str); 2] =
    [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "59s"), ("KINDRED_REFRESH__RACE_WINDOW", "60s")];

/// Until a change waits for its commit.
pub async fn commit_waits(node: &Node) {
    eventually("a commit waits", async || {
        (metric(node, "auth_journal_queue_depth", &[]).await >= 1.0).then_some(())
    })
    .await;
}

#[apply(on_both_databases)]
async fn a_refresh_waits_for_a_short_lock(env: Env) {
    let node = env.node(&PATIENT).await;
    let client = node.client();
    let user = client.signed_in().await;
    let lock = Lock::session(&env, &user.session_id).await;
    let refresh = {
        let (client, token) = (client.clone(), user.refresh.clone());
        tokio::spawn(async move { client.refresh(&token, None).await })
    };
    commit_waits(&node).await;
    assert!(!refresh.is_finished());
    assert_eq!(client.verify(&user.access).await.status, 204, "who only reads does not wait");
    lock.release().await;
    let reply = refresh.await.expect("an answer");
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(client.refresh(&reply.refresh_token(), None).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_long_lock_is_an_honest_503(env: Env) {
    let node = env.node(&IMPATIENT).await;
    let client = node.client();
    let user = client.signed_in_at_last().await;
    let lock = Lock::session(&env, &user.session_id).await;
    let attempt = Some("an-attempt-of-this-test");
    let reply = client.refresh(&user.refresh, attempt).await;
    reply.assert_problem(503, "unavailable");
    assert!(reply.header("retry-after").is_some(), "{reply:?}");
    let logout = client.logout(&user.access).await;
    logout.assert_problem(503, "unavailable");
    assert!(logout.header("retry-after").is_some(), "{logout:?}");
    assert_eq!(client.verify(&user.access).await.status, 204, "no false success");
    lock.release().await;

    // The refresh happened late or not at all, and the logout as well.
    let next = served(async || client.refresh(&user.refresh, attempt).await).await;
    match next.status {
        200 => assert_eq!(generation(&next.refresh_token()), generation(&user.refresh) + 1),
        _ => next.assert_problem(401, "session_revoked"),
    }
    assert_eq!(served(async || client.logout(&user.access).await).await.status, 204);
    let ended = served(async || client.refresh(&user.refresh, attempt).await).await;
    ended.assert_problem(401, "session_revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_session_holds_up_no_other() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&PATIENT).await;
    let client = node.client();
    let users: Vec<_> = join_all((0..6).map(|_| client.signed_in())).await;
    let lock = Lock::session(&env, &users[0].session_id).await;
    let lock_of_ending = Lock::session(&env, &users[1].session_id).await;
    let locked = {
        let (client, token) = (client.clone(), users[0].refresh.clone());
        tokio::spawn(async move { client.refresh(&token, None).await })
    };
    commit_waits(&node).await;
    // In one batch with it, and behind it.
    for round in 0..3 {
        let refreshes = users[2..4].iter().map(|user| client.refresh(&user.refresh, None));
        for reply in join_all(refreshes).await {
            assert_eq!(reply.status, if round == 0 { 200 } else { 409 }, "{reply:?}");
        }
    }
    // Endings stand in a line of their own.
    let logout = {
        let (client, access) = (client.clone(), users[1].access.clone());
        tokio::spawn(async move { client.logout(&access).await })
    };
    lock::are_waited_for(&env, 2).await;
    for user in &users[4..] {
        assert_eq!(client.logout(&user.access).await.status, 204);
    }
    assert!(!locked.is_finished() && !logout.is_finished(), "the locks are still held");
    lock.release().await;
    lock_of_ending.release().await;
    let reply = locked.await.expect("an answer");
    assert_eq!(reply.status, 200, "what was left out was not lost: {reply:?}");
    assert_eq!(logout.await.expect("an answer").status, 204);
    client.refresh(&users[1].refresh, None).await.assert_problem(401, "session_revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_user_delays_logins_and_nothing_else() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&PATIENT).await;
    let client = node.client();
    let user = client.signed_in().await;
    let lock = Lock::user(&env, &user.email).await;
    let login = {
        let (client, email) = (client.clone(), user.email.clone());
        tokio::spawn(async move { client.login(&email, PASSWORD).await })
    };
    lock::is_waited_for(&env).await;
    let reply = client.refresh(&user.refresh, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(!login.is_finished());
    lock.release().await;
    assert_eq!(login.await.expect("an answer").status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_stays_locked_is_an_honest_503() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&IMPATIENT).await;
    let client = node.client();
    let user = client.signed_in_at_last().await;
    let lock = Lock::user(&env, &user.email).await;
    client.login(&user.email, PASSWORD).await.assert_problem(503, "unavailable");
    client.logout_all(&user.access).await.assert_problem(503, "unavailable");
    assert_eq!(client.verify(&user.access).await.status, 204, "nothing has ended");
    lock.release().await;
    let sessions = served(async || client.sessions(&user.access).await).await;
    assert_eq!(sessions.body["items"].as_array().map(Vec::len), Some(1), "no half login: {sessions:?}");
    assert_eq!(served(async || client.logout_all(&user.access).await).await.body["revoked"], 1);
}
