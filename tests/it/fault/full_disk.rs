//! The disk takes no more: readiness tells it, and tells when there is room again.

use crate::support::backend::{Backend, Env};
use crate::support::client::{PASSWORD, send};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// A limit for the size of files stands in for a disk: it needs no rights and holds up no other test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_not_ready() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let node = tokio::task::block_in_place(|| Node::start_with_limitable_files(setup));
    let client = node.client();
    let user = client.signed_in().await;
    let is_ready = async || {
        let reply = send(client.request(reqwest::Method::GET, "/health/ready")).await;
        assert!(reply.status == 200 || reply.header("retry-after").is_some(), "{reply:?}");
        reply.status == 200
    };
    assert!(is_ready().await);

    node.limit_files(Some(1024));
    let login = client.login(&user.email, PASSWORD).await;
    login.assert_problem(503, "unavailable");
    assert!(login.header("retry-after").is_some(), "{login:?}");
    eventually("it is not ready", async || (!is_ready().await).then_some(())).await;
    assert_eq!(metric(&node, "auth_db_up", &[]).await, 0.0);

    node.limit_files(None);
    eventually("it is ready again", async || is_ready().await.then_some(())).await;
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
}
