//! HAProxy as a load balancer: its health checks, and nodes that leave.

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
    let mut leaving = env.node(&[("KINDRED_SERVER__SHUTDOWN_DELAY", "3s")]).await;
    let staying = env.node(&[]).await;
    let proxy = balance(check, [&leaving, &staying]);
    let client = Client::new(&proxy.url());
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ask = async {
        while !is_over.load(Ordering::Relaxed) {
            let reply = client.get("/.well-known/jwks.json").await;
            assert_eq!(reply.status, 200, "{reply:?}");
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let leave = async {
        eventually("requests", async || (answered.load(Ordering::Relaxed) > 20).then_some(())).await;
        leaving.signal(Signal::TERM);
        eventually("it leaves", async || {
            let reply = send(leaving.client().request(Method::OPTIONS, "/")).await;
            (reply.status == 503 && reply.header("connection") == Some("close")).then_some(())
        })
        .await;
        let ready = leaving.client().get("/health/ready").await;
        assert_eq!(ready.status, 503, "{ready:?}");
        assert_eq!(leaving.client().get("/health/live").await.status, 200, "it goes on serving");
        let status = tokio::task::block_in_place(|| leaving.terminate());
        assert_eq!(status.code(), Some(0), "{}", leaving.logs());
        let seen = answered.load(Ordering::Relaxed);
        eventually("requests", async || (answered.load(Ordering::Relaxed) > seen + 20).then_some(())).await;
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(ask, leave);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_leave_with_the_default_check() {
    a_node_leaves_without_a_refused_request("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_leave_with_the_check_of_readiness() {
    a_node_leaves_without_a_refused_request("GET /health/ready").await;
}
