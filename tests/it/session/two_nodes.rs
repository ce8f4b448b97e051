//! Two nodes on one PostgreSQL: what happens at one counts at the other.

use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::family::Family;
use crate::support::metrics::metric;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_may_go_to_another_node_with_each_refresh() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let clients = [Client::new(a.base_url()), Client::new(b.base_url())];
    let mut family = Family::open(&clients[0]).await;
    // Runs of different lengths, so that each node falls one and several generations behind.
    for at in [0, 1, 0, 1, 1, 0, 0, 0, 1, 0] {
        family.rotate(&clients[at]).await;
        for client in &clients {
            assert_eq!(client.verify(family.access()).await.status, 204);
        }
    }
    for node in [&a, &b] {
        let ended = metric(node, "auth_sessions_ended_total", &[("reason", "regressed")]).await;
        assert_eq!(ended, 0.0);
    }
}
