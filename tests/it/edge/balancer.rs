//! HAProxy as a load balancer: its health checks, and nodes that leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Method;
use rustix::process::Signal;

use super::program::Program;
use super::proxies::{address, haproxy};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, send};
use crate::support::eventually::eventually;
use crate::support::process::Node;

/// Two nodes with this health check, which finds out quickly.
fn balance(check: &str, nodes: [&Node; 2]) -> Program {
    let servers = nodes.map(|node| format!("server {0} {0}", address(node))).join("\n");
    haproxy(&format!(
        "option httpchk {check}\ndefault-server check inter 50ms fastinter 50ms fall 2 rise 1\n{servers}"
    ))
}

async fn a_node_leaves_without_a_refused_request(check: &str) {
    let env = Env::new(Backend::Postgres).await;
    let mut leaving = env.node(&[("KINDRED_SERVER__SHUTDOWN_DELAY", "5s")]).await;
    let staying = env.node(&[]).await;
    let proxy = balance(check, [&leaving, &staying]);
    let client = Client::new(&proxy.url());
    let progress = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let traffic = tokio::spawn({
        let progress = Arc::clone(&progress);
        async move {
            while !progress.1.load(Ordering::Relaxed) {
                let reply = client.get("/.well-known/jwks.json").await;
                assert_eq!(reply.status, 200, "{reply:?}");
                progress.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let answered = || progress.0.load(Ordering::Relaxed);
    eventually("requests", async || (answered() > 20).then_some(())).await;
    leaving.signal(Signal::TERM);
    eventually("it leaves", async || {
        let reply = send(leaving.client().request(Method::OPTIONS, "/")).await;
        (reply.status == 503 && reply.header("connection") == Some("close")).then_some(())
    })
    .await;
    assert_eq!(leaving.client().get("/health/ready").await.status, 503);
    assert_eq!(leaving.client().get("/health/live").await.status, 200, "it goes on serving");
    let status = tokio::task::block_in_place(|| leaving.terminate());
    assert_eq!(status.code(), Some(0), "{}", leaving.logs());
    let seen = answered();
    eventually("requests", async || (traffic.is_finished() || answered() > seen + 20).then_some(())).await;
    progress.1.store(true, Ordering::Relaxed);
    traffic.await.expect("no request is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_leave_with_the_default_check() {
    a_node_leaves_without_a_refused_request("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_leave_with_the_check_of_readiness() {
    a_node_leaves_without_a_refused_request("GET /health/ready").await;
}
