//! The disk takes no more: readiness tells it, and tells when there is room again.

use std::fs;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::backend::{Backend, Env};
use crate::support::client::{PASSWORD, send};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::sqlite_file;

/// A limit for the size of files stands in for a disk: it needs no rights and holds up no other test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_not_ready() {
    let env = Env::new(Backend::Sqlite).await;
    let room = fs::metadata(sqlite_file(&env)).expect("a database").len() / 1024 + 256;
    let setup = env.setup(&[]);
    let node = tokio::task::block_in_place(|| Node::start_with_file_size(setup, room));
    let client = node.client();
    let user = client.signed_in().await;
    let is_ready = async || {
        let reply = send(client.request(reqwest::Method::GET, "/health/ready")).await;
        assert!(reply.status == 200 || reply.header("retry-after").is_some(), "{reply:?}");
        reply.status == 200
    };
    assert!(is_ready().await);
    eventually("the disk is full, and it is not ready", async || {
        let login = client.login(&user.email, PASSWORD).await;
        if login.status == 200 {
            return None;
        }
        login.assert_problem(503, "unavailable");
        assert!(login.header("retry-after").is_some(), "{login:?}");
        (!is_ready().await).then_some(())
    })
    .await;
    assert_eq!(metric(&node, "auth_db_up", &[]).await, 0.0);

    let unlimited = Rlimit { current: Some(1 << 40), maximum: None };
    let pid = Pid::from_raw(node.pid().cast_signed()).expect("a process");
    if prlimit(Some(pid), Resource::Fsize, unlimited).is_err() {
        return; // only root may raise a hard limit
    }
    eventually("it is ready again", async || is_ready().await.then_some(())).await;
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
}
