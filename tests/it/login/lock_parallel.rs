//! Many guesses at once.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;

use super::lock::{count, standing};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD};
use crate::support::mailbox::Mailbox;
use crate::support::metrics::metric;

const CAP: &[(&str, &str)] = &[("KINDRED_PASSWORD__MAX_FAILURES", "20"), ("KINDRED_PASSWORD__QUEUE", "1000")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_guesses_at_two_nodes_are_as_many_as_the_limit_allows() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(CAP).await, env.node(CAP).await);
    let clients = [Client::new(a.base_url()), Client::new(b.base_url())];
    let user = clients[0].signed_in().await;
    let guesses = stream::iter(0..300_usize).map(async |number| {
        let reply = clients[number % 2].login(&user.email, &format!("wrong horse {number}")).await;
        reply.assert_problem(401, "invalid_credentials");
    });
    guesses.buffer_unordered(50).collect::<Vec<_>>().await;
    assert_eq!(standing(&env, &user.email), "20|locked");
    clients[1].login(&user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(count(&env, "account.locked"), "1");
    assert_eq!(count(&env, "login.failed"), "301");
    let mailbox = Mailbox::of(a.data_dir()).and(b.data_dir());
    mailbox.wait_for(&user.email, "account_locked").await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&user.email, "account_locked").len(), 1);
}

on_both_databases! {
    async fn right_passwords_at_once_lock_nobody(env: Env) {
        let node = env.node(&[("KINDRED_PASSWORD__QUEUE", "1000"), ("KINDRED_PASSWORD__MAX_FAILURES", "5")]).await;
        let client = Client::new(node.base_url());
        let user = client.signed_in().await;
        let logins = join_all((0..40).map(async |_| client.login(&user.email, PASSWORD).await.status)).await;
        assert_eq!(logins, [200; 40]);
        assert_eq!(standing(&env, &user.email), "0|open");
    }

    async fn an_attempt_that_found_no_room_is_not_counted(env: Env) {
        let slow = [
            ("KINDRED_PASSWORD__MEMORY_KIB", "65536"),
            ("KINDRED_PASSWORD__ITERATIONS", "4"),
            ("KINDRED_PASSWORD__QUEUE", "1"),
            ("KINDRED_PASSWORD__THREADS", "1"),
        ];
        let node = env.node(&slow).await;
        let client = Client::new(node.base_url());
        let user = client.signed_in().await;
        let logins = join_all((0..10).map(async |_| client.login(&user.email, "wrong horse").await.status)).await;
        let refused = logins.iter().filter(|status| **status == 503).count();
        let evaluated = logins.iter().filter(|status| **status == 401).count();
        assert_eq!(refused + evaluated, 10, "{logins:?}");
        assert!(refused > 0 && evaluated > 0, "{logins:?}");
        assert_eq!(standing(&env, &user.email), format!("{evaluated}|open"));
        let overloaded = metric(&node, "auth_login_fail_total", &[("reason", "overloaded")]).await;
        assert_eq!(overloaded, refused as f64);
    }
}
