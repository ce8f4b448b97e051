//! F-09: PostgreSQL stops answering, and then answers again.

use reqwest::Method;

use super::database::Proxied;
use super::locked::PATIENT;
use crate::support::client::{Client, PASSWORD, send, served};
use crate::support::eventually::eventually;
use crate::support::reply::Reply;

const IMPATIENT: [(&str, &str); 3] = [
    ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "500ms"),
    ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms"),
    ("KINDRED_SERVER__DRAIN_TIMEOUT", "2s"),
];

fn assert_unavailable(reply: &Reply) {
    reply.assert_problem(503, "unavailable");
    assert!(reply.header("retry-after").is_some(), "{reply:?}");
}

async fn ready(client: &Client) -> Reply {
    send(client.request(Method::GET, "/health/ready")).await
}

async fn is_ready_again(client: &Client) {
    eventually("it is ready", async || (ready(client).await.status == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_is_an_honest_503_and_heals() {
    let frozen = Proxied::start(&IMPATIENT).await;
    let client = &frozen.client;
    let (user, leaver) = (client.signed_in_at_last().await, client.signed_in_at_last().await);
    let attempt = Some("an-attempt-of-this-test");
    frozen.proxy.freeze();
    let (refresh, logout, login) = tokio::join!(
        client.refresh(&user.refresh, attempt),
        client.logout(&leaver.access),
        client.login(&user.email, PASSWORD),
    );
    // All within the client's patience, while the database is frozen still.
    for reply in [&refresh, &logout, &login] {
        assert_unavailable(reply);
    }
    let readiness = eventually("it is not ready", async || {
        let reply = ready(client).await;
        (reply.status != 200).then_some(reply)
    })
    .await;
    assert_unavailable(&readiness);
    for user in [&user, &leaver] {
        assert_eq!(client.verify(&user.access).await.status, 204, "no database is needed");
    }
    frozen.proxy.thaw();
    is_ready_again(client).await;
    // Half a second is not much for a busy machine, so each may have to be asked for again.
    let reply = served(async || client.refresh(&user.refresh, attempt).await).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let next =
        served(async || client.refresh(&reply.refresh_token(), Some("the-attempt-after-it")).await).await;
    assert_eq!(next.status, 200, "{next:?}");
    assert_eq!(served(async || client.logout(&leaver.access).await).await.status, 204);
    let ended = served(async || client.refresh(&leaver.refresh, None).await).await;
    ended.assert_problem(401, "session_revoked");
    assert_eq!(served(async || client.login(&user.email, PASSWORD).await).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_not_accepted_on_revocations_that_are_too_old() {
    let environment = [
        IMPATIENT[0],
        IMPATIENT[1],
        ("KINDRED_REVOCATION__POLL_INTERVAL", "100ms"),
        ("KINDRED_REVOCATION__MAX_STALENESS", "5s"),
    ];
    let broken = Proxied::start(&environment).await;
    let client = &broken.client;
    let user = client.signed_in_at_last().await;
    for fault in ["cut", "frozen"] {
        assert_eq!(client.verify(&user.access).await.status, 204, "{fault}");
        if fault == "cut" {
            broken.proxy.cut()
        } else {
            broken.proxy.freeze()
        }
        let reply = eventually("revocations are too old", async || {
            let reply = client.verify(&user.access).await;
            (reply.status != 204).then_some(reply)
        })
        .await;
        assert_unavailable(&reply);
        broken.proxy.restore();
        broken.proxy.thaw();
        eventually("revocations are read again", async || {
            (client.verify(&user.access).await.status == 204).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_does_not_hold_the_shutdown() {
    // The commit itself would wait for longer.
    let environment = [PATIENT[0], PATIENT[1], ("KINDRED_SERVER__DRAIN_TIMEOUT", "2s")];
    let mut frozen = Proxied::start(&environment).await;
    let user = frozen.client.signed_in().await;
    // Once loaded, the session needs the database for its commit only.
    let token = frozen.client.refresh(&user.refresh, None).await.refresh_token();
    frozen.proxy.freeze();
    let in_flight = {
        let client = frozen.client.clone();
        tokio::spawn(async move { client.try_refresh(&token, None).await })
    };
    super::locked::commit_waits(&frozen.node).await;
    let status = tokio::task::block_in_place(|| frozen.node.terminate());
    assert_eq!(status.code(), Some(0));
    if let Ok(reply) = in_flight.await.expect("no panic") {
        assert_unavailable(&reply);
    }
}
