//! Many guesses at once.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use macro_rules_attribute::apply;

use super::known_devices::{login_from, token_of_login};
use super::lock::{standing, wait_for_standing};
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::metrics::metric;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const CAP: &[(&str, &str)] =
    &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "15"), ("KINDRED_PASSWORD__QUEUE", "1000")];
const TRIES: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_guesses_at_two_nodes_are_as_many_as_the_limit_allows() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(CAP).await, env.node(CAP).await);
    let clients = [a.client(), b.client()];
    let user = clients[0].signed_in().await;
    prove_addresses(&env);
    let token = token_of_login(&clients[0], &user.email).await;
    let guesses = stream::iter(0..300_usize).map(async |number| {
        clients[number % 2].login(&user.email, &format!("wrong horse {number}")).await.status
    });
    let statuses = guesses.buffer_unordered(50).collect::<Vec<_>>().await;
    // Ten at each node, of which the pool has room for fifteen.
    let number_of = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((number_of(401), number_of(429)), (20, 280), "{statuses:?}");
    wait_for_standing(&env, &user.email, "15|locked");
    clients[1].login(&user.email, PASSWORD).await.assert_problem(429, "rate_limited");
    assert_eq!(login_from(&clients[1], &user.email, PASSWORD, &token).await.status, 200, "the owner gets in");
    assert_eq!(count_events(&env, "account.locked"), 1);
    assert_eq!(count_events(&env, "login.failed"), 20);
    let mailbox = a.mailbox().and(b.data_dir());
    mailbox.wait_for(&user.email, "account_locked").await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&user.email, "account_locked").len(), 1);
}

/// Someone has a copy of the token of a known device, and guesses at both nodes. What is counted for the device is what one
/// device may have, and the owner's other device gets in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_with_one_device_token_at_two_nodes_are_as_many_as_a_device_may_have() {
    let env = Env::new(Backend::Postgres).await;
    let limits = [CAP, &[("KINDRED_THROTTLE__PASSWORD_FAILURES_PER_DEVICE", "5")]].concat();
    let (a, b) = (env.node(&limits).await, env.node(&limits).await);
    let clients = [a.client(), b.client()];
    let user = clients[0].signed_in().await;
    let copied = token_of_login(&clients[0], &user.email).await;
    let other = token_of_login(&clients[1], &user.email).await;
    let guesses = join_all((0..40_usize).map(async |number| {
        login_from(&clients[number % 2], &user.email, &format!("wrong horse {number}"), &copied).await.status
    }));
    let statuses = guesses.await;
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    assert_eq!(sql(&env, "SELECT known_failures FROM password_credentials"), "5", "{statuses:?}");
    assert_eq!(login_from(&clients[0], &user.email, PASSWORD, &other).await.status, 200);
}

#[apply(on_both_databases)]
async fn right_passwords_at_once_lock_no_one(env: Env) {
    let node =
        env.node(&[("KINDRED_PASSWORD__QUEUE", "1000"), ("KINDRED_THROTTLE__PASSWORD_FAILURES", "5")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let logins = join_all((0..40).map(async |_| client.login(&user.email, PASSWORD).await.status)).await;
    assert_eq!(logins, [200; 40]);
    assert_eq!(standing(&env, &user.email), "0|open");
}

#[apply(on_both_databases)]
async fn an_attempt_that_found_no_room_is_not_counted(env: Env) {
    let slow = [
        ("KINDRED_PASSWORD__MEMORY_KIB", "65536"),
        ("KINDRED_PASSWORD__ITERATIONS", "4"),
        ("KINDRED_PASSWORD__QUEUE", "1"),
        ("KINDRED_PASSWORD__THREADS", "1"),
    ];
    let node = env.node(&slow).await;
    let client = node.client();
    // On a busy machine each may come when the one before it has been hashed; then the next ten try.
    let mut tries = 0;
    let refused = loop {
        let user = client.signed_in().await;
        let logins =
            join_all((0..10).map(async |_| client.login(&user.email, "wrong horse").await.status)).await;
        let refused = logins.iter().filter(|status| **status == 503).count();
        let evaluated = logins.iter().filter(|status| **status == 401).count();
        assert!(refused + evaluated == 10 && evaluated > 0, "{logins:?}");
        assert_eq!(standing(&env, &user.email), format!("{evaluated}|open"));
        if refused > 0 {
            break refused;
        }
        tries += 1;
        assert!(tries < TRIES, "there was room for all");
    };
    let overloaded = metric(&node, "auth_login_fail_total", &[("reason", "overloaded")]).await;
    assert_eq!(overloaded, refused as f64);
}
